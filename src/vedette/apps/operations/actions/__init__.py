"""The actions on operations. Each action is one transaction and writes an entry in the journal."""
