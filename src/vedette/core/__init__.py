"""Types and pure functions that all other packages use. No Django, no input or output."""
