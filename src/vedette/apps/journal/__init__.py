"""The journal: a signed hash chain of actions, decisions, versions of watchlists and changes of
settings, which can be verified.
"""
