"""The anonymised risk information that is sent every six months."""
