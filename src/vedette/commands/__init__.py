"""The commands of `vedette`: one module each, with `add_arguments(parser)` and `run(args) -> int`."""
