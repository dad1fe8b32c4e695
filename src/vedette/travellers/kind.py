"""Travellers as a kind of subject: the definition without Django."""

from __future__ import annotations

from vedette.core.kind import Kind

KIND = Kind(name="traveller", themes=("passengers",), app="vedette.travellers.app")
