"""The profile language: an expression is parsed to one tree; the tree is compiled to run and is shown in
words.

`parse` makes a tree from a text by the rules of `check`. `building` converts a tree to the form of
conditions and groups, and the form to a tree. `run` evaluates many trees over a frame of subjects.
`run` uses `frames` to compile the trees, and also lists the conditions that were true. `words` puts a tree
into words. `lint` finds faults of a profile. `files` reads and writes profiles.

`frames` and `run` import Polars, and `parse` imports sqlglot. `check` has regular expressions checked by
`regexes`, in a child process with a limit of time. A web process never imports Polars.
"""
