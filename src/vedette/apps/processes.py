"""Runs a function in a separate process that uses Django."""

from __future__ import annotations

import importlib
import logging.config
import multiprocessing
import os
from multiprocessing.process import BaseProcess

from vedette.server import logs


def start(function: str, *args: object) -> BaseProcess:
    """Starts a process that calls the function `module:name`.

    The new process imports the module only after it has set Django up, because the modules of models need
    this.
    """
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=run, args=(function, *args), daemon=True)
    process.start()
    return process


def run(function: str, *args: object) -> None:
    """Sets Django up and calls the function `module:name`, in the new process."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    django.setup()
    os.nice(5)
    module, name = function.split(":")
    getattr(importlib.import_module(module), name)(*args)
