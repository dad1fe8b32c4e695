"""Names against watchlists: normalise once, find candidates, score by alignment, explain by terms."""

from vedette.screening.names.model import Comparison, Match, Query, Term
from vedette.screening.names.weights import DEFAULT_THRESHOLD

__all__ = ["DEFAULT_THRESHOLD", "Comparison", "Match", "Query", "Term"]
