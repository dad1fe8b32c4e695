"""Cryptographic keys: key files for tokens, encrypted data and the journal, month keys, and the
escrow of the keys.
"""
