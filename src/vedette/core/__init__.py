"""Types and pure functions that all other packages use. They do not use Django, and perform no input or
output.
"""
