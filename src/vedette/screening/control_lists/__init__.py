"""Finds goods of control lists in the lines of declarations.

`model` defines lists, entries, words and matches. `text` normalises descriptions and finds words despite
typing and reading errors. `strength` extracts concentrations and sizes. `index` finds the names of the lists.
`matcher` applies the rules. `hits` decides which matches are hits.
"""
