"""The subset of YAML that procedures are written in: bounds, scalars, traps and plain sentences."""
