"""Accounts: organisations, users, tokens, and the acts they do."""
