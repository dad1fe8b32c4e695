"""The public cash form: a separate process, in which a traveller announces cash before a journey.

The process (`vedette serve --public`) has its own settings, pages and database role. The process of the
public form imports no app and no page of the other processes. The process stores no state. Until the person
sends the last page, the answers are in one encrypted field of the page (`state.py`). Only then is the form
stored, encrypted with the public key of the workers (`sending.py`). The process can never read the form
again.
"""
