"""Licences: records, deduction of quantities over declarations, and pages."""
