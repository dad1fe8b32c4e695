"""Name matching against watchlists: normalises names, finds candidates, scores them, and explains the
scores."""
