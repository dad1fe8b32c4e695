"""Commands for joint operations and for releases to other organisations."""
