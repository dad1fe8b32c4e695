"""Texts of data files, for makemessages alone. Written by scripts/data_texts.py."""
# fmt: off

from __future__ import annotations

from django.utils.translation import pgettext_lazy

TEXTS = (
    pgettext_lazy("column", "Number of lines"),
    pgettext_lazy("column", "the declaration has %(value)s lines of cash"),
)
