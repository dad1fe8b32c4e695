"""Contains the modules for travellers: records, message formats, matching of people on a flight, values for
profiles, and the Django app."""
