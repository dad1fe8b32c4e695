"""Retention: periods, masking into the vault, deletion, unmasking for a limited time, proofs."""
