"""Releases to other organisations: agreements, objects and their copies, receipts, sightings, recalls."""
