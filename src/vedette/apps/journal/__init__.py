"""The journal: acts, decisions, list versions and settings, chained, signed and verified."""
