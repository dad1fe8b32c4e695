"""The data-protection officer's room: who looked at what, what is unusual, statistics, the report."""
