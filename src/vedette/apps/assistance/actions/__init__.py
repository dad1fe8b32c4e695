"""Writes requests for assistance, diagnostics, plans, training and certificates: one transaction each, with
journal entries.
"""
