"""Reads and writes the files in which records are exchanged with other systems: STIX 2.1, MISP JSON and CSV.
The records contain only data that may be sent to other organisations.
"""
