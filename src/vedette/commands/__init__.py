"""Contains one module for each command of `vedette`, with the functions `add_arguments(parser)` and
`run(args) -> int`."""
