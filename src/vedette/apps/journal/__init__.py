"""The journal: a signed and verifiable hash chain of user actions, decisions, watchlist versions
and changes of settings.
"""
