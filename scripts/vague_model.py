"""Trains the model that recognises vague descriptions and writes `src/vedette/goods/lists/vague_model.csv`.

Run: `python -m scripts.vague_model`. The texts are read from the shared folder (`VEDETTE_SHARED`; by default,
the folder `shared` beside the source tree). `src/vedette/goods/lists/README.md` states their sources and
licences.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from vedette.bench.vague import THRESHOLD, shipped_model, sources

ROOT = Path(__file__).resolve().parent.parent
#: A smaller weight, in absolute value, is left out of the file.
LEAST = 0.02


def main() -> None:
    """Trains the model and writes its weights."""
    folder = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared") / "data"
    model = shipped_model(sources(folder))
    rows = [("constant", "", f"{model.constant:.3f}"), ("threshold", "", f"{THRESHOLD:.3f}")]
    rows += [("known", word, "") for word in sorted(model.known)]
    rows += [
        ("feature", feature, f"{weight:.2f}")
        for feature, weight in sorted(model.weights.items())
        if abs(weight) >= LEAST
    ]
    path = ROOT / "src" / "vedette" / "goods" / "lists" / "vague_model.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([("kind", "text", "weight"), *rows])
    print(f"{path}: {len(rows):,} rows")


if __name__ == "__main__":
    main()
