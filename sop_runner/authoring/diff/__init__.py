"""What changed in meaning between two procedures, and which way: pure, from two plans to a list of changes."""
