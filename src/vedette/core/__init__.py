"""Types and pure functions that every part shares. No Django, no input or output."""
