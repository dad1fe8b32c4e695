"""Reads of profiles: the table, one profile, backtests, the standing report, the random control."""
