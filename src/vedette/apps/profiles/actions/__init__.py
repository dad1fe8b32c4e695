"""Writes of profiles: drafts, the life of a version, backtests. One transaction and one act each."""
