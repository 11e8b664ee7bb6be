"""Checks on a loaded procedure that need no walk through its graph: one module a subject."""
