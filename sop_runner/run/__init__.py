"""What a run is and how it moves: pure functions over a plan, a run and an action."""
