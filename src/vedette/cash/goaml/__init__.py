"""Suspicion reports to a financial intelligence unit, in the format goAML."""
