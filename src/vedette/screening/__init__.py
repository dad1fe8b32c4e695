"""Rows and knowledge → hits: names, exact identifiers, profiles. No Django, no network, no formats."""
