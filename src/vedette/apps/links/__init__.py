"""Links between subjects of all kinds, known cases, and the purpose matrix."""
