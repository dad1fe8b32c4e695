"""Contains the functions for the operation of an installation: rate limits, health checks, figures for
monitoring, the clock and scheduled tasks."""
