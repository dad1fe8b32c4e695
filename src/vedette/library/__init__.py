"""The functions of the library (policies, standards, tools and training material) that need no database:
words, search, and the items that match a page about a hit, goods, cash or an operation. The package does not
import Django, and does not read or write files.
"""
