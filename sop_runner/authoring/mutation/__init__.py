"""Small wrong copies of a procedure, to see whether its checks and scenarios notice."""
