"""Types and pure functions that all other packages use. This package does not use Django, and performs no
input or output.
"""
