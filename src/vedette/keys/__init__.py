"""Key files for tokens, sealed data and the journal; month keys; escrow of the keys."""
