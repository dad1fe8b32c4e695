"""The public cash form: a separate process, in which a traveller announces cash before a journey.

The process (`vedette serve --public`) has its own settings, pages and database role. It imports no app and no
page of the other processes. It keeps no state: the answers of a person travel in one encrypted field of the
page (`state.py`) until the person sends the last page. Only then is the form stored, encrypted with the
public key of the workers (`sending.py`). The process can never read it again.
"""
