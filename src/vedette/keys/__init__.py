"""Cryptographic keys: key files for tokens, encrypted data and the journal, monthly keys, and the
escrow of the keys.
"""
