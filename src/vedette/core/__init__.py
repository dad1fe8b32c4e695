"""Types and pure functions that all other packages use. They use no Django, and perform no input or
output.
"""
