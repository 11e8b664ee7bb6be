"""Leading the run core along a way that a proof found, with the values and people that the way asks for."""
