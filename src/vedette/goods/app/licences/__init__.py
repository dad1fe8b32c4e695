"""Licences: records, deduction of the quantities of declarations, and pages."""
