"""Posts of open networks: how their items, answers and dumps are taken apart, for imports, readers and spiders alike."""
