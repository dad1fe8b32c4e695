"""The public cash form: a separate process, in which a traveller announces cash before a journey.

The process (`vedette serve --public`) has its own settings, pages and database role. The process of the
public form imports neither the Django apps nor the pages of the other processes. The process stores no state.
Until the person sends the last page, the answers are in one encrypted field of the page (`state.py`). Only
then is the form stored, encrypted with the public key of the workers (`sending.py`). After that, the process
cannot decrypt the form.
"""
