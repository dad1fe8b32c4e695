"""The inbox: received files, which workers claim, and the messages read from them."""
