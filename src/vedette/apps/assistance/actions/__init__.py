"""Functions that write requests for assistance, diagnostics, plans, training and certificates. Each function
uses one transaction and writes journal entries.
"""
