"""The actions on operations. Each is one transaction and writes an entry in the journal."""
