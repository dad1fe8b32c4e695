"""The profile language: what a person writes, what runs, and what a lawyer reads, from one tree.

`parse` makes the tree from text; `run` fires many trees over a frame of subjects; `words` reads a tree
in English or French; `building` is the form of conditions and groups; `lint` says what a profile must
not do; `files` and `asycuda` bring profiles in and out. Polars is imported by `compiling`, `functions`,
`run`, `evidence` and, at the first regular expression, `regexes`; sqlglot by `parse`. The others are
light: a web process that only shows profiles loads neither.
"""
