"""Samples that anyone can draw again: a plan, a frozen frame, and an order that follows from a digest of each unit's id."""
