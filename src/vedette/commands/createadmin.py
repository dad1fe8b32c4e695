"""Create the first administrator, and the organisation if it does not exist.

The user types the password twice, or the command reads it from a file. The password is never a command-line
argument, because other users of the machine can see command-line arguments. The administrator has no default
password.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from vedette.commands.environment import database
from vedette.core.errors import Failure, WrongUsage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username", help="sign-in name of the administrator")
    parser.add_argument("--organisation", required=True, help="name of the administration")
    parser.add_argument("--country", default="", help="its country, two letters")
    parser.add_argument("--language", choices=("fr", "en"), default="fr")
    parser.add_argument(
        "--password-file",
        type=Path,
        help="file whose first line is the password; without this option the command asks for it",
    )


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 created; 1 the name is taken; 2 the password or the country is not valid."""
    with database():
        from django.contrib.auth.password_validation import validate_password
        from django.core.exceptions import ValidationError
        from django.utils import translation

        from vedette.apps.accounts.actions import NotPossible, create_administrator
        from vedette.core.codes import country

        translation.activate("en")
        if args.country and country(args.country) != args.country.upper():
            raise WrongUsage("--country is a code of two letters, such as FR")
        try:
            password = _password(args.password_file)
            validate_password(password)
            create_administrator(
                args.username, password, args.organisation, args.country.upper(), args.language
            )
        except ValidationError as error:
            raise WrongUsage(" ".join(error.messages)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise WrongUsage(f"{args.password_file}: cannot be read as text") from error
        except NotPossible as error:
            raise Failure(f"{args.username}: this sign-in name exists; choose another") from error
    print(f"{args.username} is administrator of {args.organisation}")
    return 0


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text("utf-8").partition("\n")[0].removesuffix("\r")
    if not sys.stdin.isatty():
        return ""
    password = getpass.getpass("Password, at least 12 characters: ")
    return password if getpass.getpass("Again: ") == password else ""
