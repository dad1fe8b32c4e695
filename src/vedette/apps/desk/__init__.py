"""The workers: what each round of a worker does."""
