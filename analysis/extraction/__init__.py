"""Names, quotations, amounts and credits, found in a text by rules."""
