"""Contains the Django part of the kind "traveller": tables, store, history, pages and API."""
