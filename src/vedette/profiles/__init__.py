"""The profile language. One tree gives what runs and what a person reads.

`parse` makes a tree from text by the rules of `check`; `building` converts between trees and the form of
conditions and groups; `run` fires many trees over a frame of subjects, compiled by `compiling`, and
`evidence` gives the conditions that held; `asking` evaluates the active versions; `words` puts a tree into
words; `lint` finds what a profile must not do; `files` reads and writes profiles. `compiling`, `frames`,
`run`, `evidence`, `asking` and, at the first regular expression, `check` import Polars; `parse` imports
sqlglot. A web process that only shows profiles loads neither.
"""
