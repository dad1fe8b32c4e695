"""Syntaxes that message formats share, and the formats of watchlists."""
