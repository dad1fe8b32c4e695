"""Releases of information to other organisations: agreements, objects and their copies, confirmations of
receipt, sightings and recalls.
"""
