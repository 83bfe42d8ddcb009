"""Written signs and what they weigh: cues, words, phrases and patterns found in a text, and rules over them."""
