"""The tasks of a worker for the library, each in a separate process: reading the text of files, and writing
the index.
"""

from __future__ import annotations

from vedette.apps.library import indexing, reading
from vedette.apps.lists.drafts import Step

STEPS = (Step(reading.WAITS, reading.__name__), Step(indexing.WAITS, indexing.__name__))
