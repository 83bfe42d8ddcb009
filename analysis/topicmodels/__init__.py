"""Topics found in a corpus by themselves, in each language, aligned and judged."""
