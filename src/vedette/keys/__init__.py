"""Keys: files for tokens, seals and the journal; month keys; escrow."""
