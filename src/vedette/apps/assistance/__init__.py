"""Requests for assistance under the Border Security Initiative: diagnostics, action plans, training and
experts.
"""
