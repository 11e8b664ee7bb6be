"""What people could do at an item, in thought: who acts, and with which values and proofs."""
