"""Name matching against watchlists: normalises names, finds candidates, scores them, and explains the
scores."""

from vedette.screening.names.model import Comparison, Match, Query, Term
from vedette.screening.names.weights import DEFAULT_THRESHOLD

__all__ = ["DEFAULT_THRESHOLD", "Comparison", "Match", "Query", "Term"]
