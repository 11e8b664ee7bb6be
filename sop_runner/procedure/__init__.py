"""The procedure language `sop/1`: from bytes to a checked, immutable model."""
