"""The inbox contains the received files and the messages in these files. Workers process the files."""
