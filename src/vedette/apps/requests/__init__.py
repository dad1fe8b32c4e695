"""Requests of persons about their own data: access, rectification, restriction and erasure."""
