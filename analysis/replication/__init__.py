"""The tables of the published studies of January 2025, counted from a snapshot of one's own."""
