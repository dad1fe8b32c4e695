"""Runs `python -m vedette.keys FOLDER`."""

import sys

from vedette.keys.ring import main

sys.exit(main(sys.argv[1:]))
