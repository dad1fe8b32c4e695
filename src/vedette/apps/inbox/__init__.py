"""The inbox: files as received, claimed by workers, and the messages read from them."""
