"""Finding runs: what is asked for, and what is read of each entry so that it can be found."""
