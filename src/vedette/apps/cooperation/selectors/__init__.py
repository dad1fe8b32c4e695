"""Reads contacts, officials and requests to other administrations for the pages."""
