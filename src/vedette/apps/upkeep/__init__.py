"""Operation of an installation: rate limits, health checks, metrics."""
