"""Notifications: what a user is told about hits, approvals and late messages, and whether it was read."""
