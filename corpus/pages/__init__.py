"""How a page of the web is understood: its text, title, date and names, whoever captured it."""
