"""Proofs over every path of a plan: what an auditor asked for holds, or the way that avoids it is shown."""
