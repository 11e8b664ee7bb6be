"""The tickets of the demo, by number: what a first screen names before the rest of the demo is loaded."""

ACCOUNT_TICKETS = ("CR-000123", "CR-000124", "CR-000125")
