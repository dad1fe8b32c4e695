"""The inbox contains the received files and the messages in these files. Workers process the files."""

#: The use (`apps.keyring`) of the key that encrypts the names of files.
FILE_NAME = "file name"
