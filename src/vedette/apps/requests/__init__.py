"""Requests of persons about their data: access, rectification, restriction, erasure."""
