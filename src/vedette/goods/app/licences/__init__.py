"""Licences: their records, the deduction of declared quantities from them, and their pages."""
