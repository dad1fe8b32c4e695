"""The commands of `vedette`: one module for each, with `add_arguments(parser)` and `run(args) -> int`."""
