"""The private PostgreSQL of demo and tests, the roles of the database, and the form of the logs."""
