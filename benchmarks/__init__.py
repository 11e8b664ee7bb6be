"""What things cost, side by side with the floors they stand on; see README.md."""
