"""Small linear models in plain numbers: learnt from labelled texts, tried on others, kept with their digests."""
