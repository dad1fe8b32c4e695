"""Notifications that inform users of hits, approvals and late messages, and the record of whether a user has
read each notification."""
