"""The language of risk profiles. An expression is parsed into a tree of its conditions. The tree is then
compiled and evaluated, or shown in words.

`parse` converts a text to a tree, and `check` contains the rules for valid expressions. `building` converts a
tree to a form (conditions and groups), and a form to a tree. `run` evaluates many trees over a data frame of
subjects. `run` uses `frames` to compile the trees, and also lists the conditions that were true. `words`
describes a tree in words. `lint` finds errors in a profile. `files` reads and writes profiles as YAML files.

`frames` and `run` import Polars, and `parse` imports sqlglot. `regexes` checks regular expressions in a child
process with a time limit. A web process never imports Polars, and does not import sqlglot if it only shows
profiles.
"""
