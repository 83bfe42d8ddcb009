"""The demonstration: an invented site, the server that shows it, and a check of how it was asked."""
