"""The command `python -m vedette.keys FOLDER`, which makes the missing keys and prints their ids."""

import sys
from pathlib import Path

from vedette.keys.ring import make_missing

if len(sys.argv) != 2:
    print("usage: python -m vedette.keys FOLDER", file=sys.stderr)
    sys.exit(2)
for name in make_missing(Path(sys.argv[1])):
    print(name)
