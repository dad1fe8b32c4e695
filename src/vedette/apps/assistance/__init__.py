"""Requests for assistance of the Border Security Initiative: diagnostics, action plans, training, experts."""
