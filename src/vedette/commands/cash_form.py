"""Runs the public cash form: `vedette serve --public`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from vedette.core.errors import Failure


def serve(args: argparse.Namespace) -> int:
    """Serves the form until the server is stopped. The exit status is 1 if a setting or a key is missing, or
    if the database does not accept submissions of the organisation."""
    from vedette.commands.serve import granian, port_in_use

    os.environ["DJANGO_SETTINGS_MODULE"] = "vedette.cash.public.settings"
    # The process needs no other login.
    for name in [one for one in os.environ if one.startswith("DATABASE_URL")]:
        if name != "DATABASE_URL_PUBLIC":
            del os.environ[name]
    # A process of its own asks the database, so that this process does not keep the driver in memory.
    code = "from vedette.commands import cash_form; cash_form.check()"
    if subprocess.run([sys.executable, "-c", code]).returncode:
        return 1
    try:
        granian("vedette.cash.public.wsgi:application", args).serve()
    except RuntimeError as error:
        raise port_in_use(args, error) from error
    return 0


def check() -> None:
    """Ends the process with a message if the form cannot store submissions."""
    from vedette.cash.public.configuration import configuration
    from vedette.cash.public.sending import Sender, Unavailable

    try:
        found = configuration()
        Sender(found.dsn, found.organisation).check()
    except Failure as error:
        sys.exit(str(error))
    except Unavailable as error:
        sys.exit(
            f"the database does not accept submissions ({error}): check DATABASE_URL_PUBLIC and"
            " VEDETTE_FORM_ORGANISATION (docs/operators.md)"
        )
