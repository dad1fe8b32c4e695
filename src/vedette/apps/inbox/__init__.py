"""The inbox: received files, which workers process, and the messages in these files."""
