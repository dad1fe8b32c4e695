"""Finds are goods that a control found without a declaration, for example in a vehicle or an empty
container.
"""
