"""The editor's two sides, the form and the text, and which of them counts.

The text is what is kept. The page carries the text and a mark of the form as they were when the two last
said the same; so whichever was changed since is told from them, with and without script. Where both
were, nothing is overwritten: the writer chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vedette.apps.profiles import builder, checking, reading
from vedette.apps.profiles.builder import Box
from vedette.apps.profiles.forms import parameters
from vedette.apps.profiles.reading import Said
from vedette.screening.profiles.building import to_form
from vedette.screening.vocabulary import Type, Vocabulary, vocabulary

FORM, TEXT = "form", "text"


@dataclass(frozen=True)
class Desk:
    """What the editor shows. `box` is None where a form cannot show the expression; `note` says why the
    sides may differ: `conflict` (both were changed), `unread` (the text does not read: the form is as
    it was before), `unfinished` (the form is no expression yet: the text is as it was before)."""

    text: str
    box: Box | None
    said: Said
    #: The text, and the mark of the form, when both last said the same.
    basis: str
    mark: str
    note: str = ""
    problem: str = ""


class Writing:
    """The vocabulary, code lists, parameters and justification that an expression is read with."""

    def __init__(
        self, post: Mapping[str, Any], kind: str = "traveller", heard: bool = False
    ) -> None:
        self.kind = kind
        self.words: Vocabulary = vocabulary(kind)
        self.lists: dict[str, Type] = checking.lists()
        self.justification = str(post.get("justification", ""))
        self.heard = heard
        try:
            self.parameters = parameters(str(post.get("parameters", "")).replace("\r", ""))
        except ValueError:
            self.parameters = {}

    def said(self, text: str) -> Said:
        """What is to be said of a text."""
        return reading.said(
            self.kind, text, self.parameters, self.justification, self.heard, self.lists
        )

    def box(self, said: Said) -> Box | None:
        """The form of an expression that reads; None where a form cannot show it."""
        form = to_form(said.tree) if said.tree is not None else None
        return builder.of(form, self.words) if form is not None else None


def begin(writing: Writing, text: str) -> Desk:
    """The editor as it opens."""
    said = writing.said(text)
    if not text.strip():
        return _agreed(text, builder.empty(), said)
    if said.error is not None:
        return Desk(text, builder.empty(), said, "", builder.mark(builder.empty()), "unread")
    return _agreed(text, writing.box(said), said)


def _agreed(text: str, box: Box | None, said: Said) -> Desk:
    return Desk(text, box, said, text, builder.mark(box) if box is not None else "")


def edited(writing: Writing, post: Mapping[str, Any]) -> Desk:
    """The editor after something was typed, chosen or pressed: the side that was changed counts; where
    both were, the one named by `force`, else neither."""
    text = str(post.get("expression", "")).replace("\r\n", "\n")
    basis = str(post.get("was-text", "")).replace("\r\n", "\n")
    mark, act = str(post.get("was-mark", "")), str(post.get("act", ""))
    box = builder.read(post, writing.words) if f"n-{builder.ROOT}" in post else None
    text_changed = text.strip() != basis.strip()
    changed = box is not None and (builder.mark(box) != mark if mark else bool(box.parts))
    form_changed = changed or (box is not None and bool(act))
    if box is not None and act:
        box = builder.change(box, writing.words, act, post)
    force = post.get("force", "")
    if form_changed and text_changed and force not in (FORM, TEXT):
        return Desk(text, box, writing.said(text), basis, mark, "conflict")
    if box is not None and form_changed and (not text_changed or force == FORM):
        return _by_form(writing, box, text, basis, mark)
    return _by_text(writing, box, text, basis, mark)


def _by_form(writing: Writing, box: Box, text: str, basis: str, mark: str) -> Desk:
    """The form counts: it writes the text, as soon as it is an expression."""
    made = builder.make(box, writing.words, writing.lists)
    if made.problem:
        said = writing.said(text)
        return Desk(text, made.box, said, basis, mark, "unfinished", made.problem)
    return _agreed(made.text, box, writing.said(made.text))


def _by_text(writing: Writing, box: Box | None, text: str, basis: str, mark: str) -> Desk:
    """The text counts: the form is read back from it, or left as it was."""
    said = writing.said(text)
    if not text.strip():
        return _agreed(text, builder.empty(), said)
    if said.error is not None:
        return Desk(text, box, said, basis, mark, "unread")
    return _agreed(text, writing.box(said), said)
