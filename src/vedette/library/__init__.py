"""The pure part of the library of policies, standards, tools and training material: words, search, and the
items that match a page of work. The package does not import Django, and reads or writes no files."""
