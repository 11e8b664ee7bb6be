"""Runs high-risk standard operating procedures step by step, on the record."""

__version__ = "0.1.0"
