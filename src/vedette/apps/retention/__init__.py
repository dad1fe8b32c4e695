"""Retention of personal data: periods, masking (encryption), deletion, unmasking for a limited
time, and proofs of the retention runs.
"""
