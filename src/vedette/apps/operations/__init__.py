"""Joint operations: plans, participants, closed groups, messages, and situation reports."""
