"""What happens to a document between its reading and its table: one stage a module, each a pure function."""
