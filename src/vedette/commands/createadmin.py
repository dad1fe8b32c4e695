"""Make the first administrator, and the organisation where there is none.

The password is asked for twice, or taken from VEDETTE_ADMIN_PASSWORD; there is no default.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys

import psycopg

from vedette.commands.environment import database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sign-in name and organisation."""
    parser.add_argument("username", help="sign-in name of the administrator")
    parser.add_argument("--organisation", required=True, help="name of the administration")
    parser.add_argument("--country", default="", help="its country, two letters")
    parser.add_argument("--language", choices=("fr", "en"), default="fr")


def run(args: argparse.Namespace) -> int:
    """0 when made; 1 when the name is taken; 2 when a password or country is not good enough."""
    with database():
        from django.contrib.auth.password_validation import validate_password
        from django.core.exceptions import ValidationError
        from django.db import ProgrammingError
        from django.utils import translation

        from vedette.apps.accounts.actions import NameTaken, create_administrator
        from vedette.codes import country

        translation.activate("en")
        if args.country and country(args.country) != args.country.upper():
            print("--country is a code of two letters, as FR", file=sys.stderr)
            return 2
        password = _password()
        try:
            validate_password(password)
            create_administrator(
                args.username, password, args.organisation, args.country.upper(), args.language
            )
        except ValidationError as error:
            print(" ".join(error.messages), file=sys.stderr)
            return 2
        except ProgrammingError as error:
            if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                raise
            print("the database is not set up: run `vedette upgrade` first", file=sys.stderr)
            return 1
        except NameTaken:
            print(f"{args.username}: this sign-in name exists; choose another", file=sys.stderr)
            return 1
    print(f"{args.username} is administrator of {args.organisation}")
    return 0


def _password() -> str:
    given = os.environ.get("VEDETTE_ADMIN_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return ""
    password = getpass.getpass("Password, at least 12 characters: ")
    return password if getpass.getpass("Again: ") == password else ""
