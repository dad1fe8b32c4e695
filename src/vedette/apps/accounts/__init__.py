"""Accounts: organisations, users, tokens, and the recording of acts."""
