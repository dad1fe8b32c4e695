"""Travellers as a kind of subject: the pure part."""

from __future__ import annotations

from vedette.core.kind import Kind

KIND = Kind(name="traveller", themes=("passengers",), app="vedette.travellers.app")
