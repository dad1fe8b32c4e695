"""The profile language: what a person writes, what runs, and what a lawyer reads, from one tree.

`parse` makes the tree from text, by the rules of `check`; `building` is the form of conditions and groups;
`run` fires many trees over a frame of subjects, compiled by `compiling`, and `evidence` says by which
conditions; `asking` asks the versions in force; `words` reads a tree; `lint` says what a profile must not do;
`files` brings profiles in and out. Polars is imported by `compiling`, `run`, `evidence`, `asking` and, at the
first regular expression, `check`; sqlglot by `parse`. The others are light: a web process that only shows
profiles loads neither.
"""
