"""Notifications of users about hits, approvals and late messages, and whether a user has read them."""
