"""Starters: procedures that lint clean, prove and pass their scenarios, for an author to change."""
