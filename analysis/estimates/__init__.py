"""What a sample says of its frame: estimates with the variance of their design, and intervals that say what they cover."""
