"""The private PostgreSQL server of the demo and the tests, the database roles, and the log format."""
