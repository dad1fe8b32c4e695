"""Question banks that vedette ships. `example.toml` is an example, to be adapted by each administration."""
