"""What is particular to RedNote: its items, its pages, its refusals, its tags and places."""
