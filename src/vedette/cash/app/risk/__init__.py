"""The anonymised risk information about cash that the administration sends every six months."""
