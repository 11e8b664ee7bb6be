"""The command line, a process of its own: `sop_runner.cli.main` runs it."""

import gc

# Before anything else is loaded: it stays, and looking through it for rings at every turn would find none.
gc.set_threshold(10_000, 20, 20)
