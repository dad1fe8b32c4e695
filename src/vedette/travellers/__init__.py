"""Travellers: records, formats, who is who on a flight, columns of the vocabulary, and the app."""
