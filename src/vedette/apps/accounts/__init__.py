"""Accounts: organisations, users, API tokens, and the functions that write journal entries."""
