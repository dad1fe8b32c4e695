"""Errors that end a command of `vedette` with a message instead of a traceback."""

from __future__ import annotations


class Failure(Exception):
    """The error that is raised if a command cannot be carried out. The text of the error gives the reason and
    the remedy.

    A command prints the text and ends with the exit status `status`.
    """

    status = 1


class WrongUsage(Failure):
    """The error that is raised if a command was called with wrong or missing arguments."""

    status = 2


class ListsNotReady(Failure):
    """The error that is raised if the watchlists cannot be loaded yet, because a worker must prepare them
    first."""
