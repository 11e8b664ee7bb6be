"""A log taken away: as proof that stands without us, and as tables that other tools open."""
