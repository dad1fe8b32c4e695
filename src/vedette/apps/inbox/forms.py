"""The form of the page on which a user tries a message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

#: The largest message that may be tried on the page, in bytes.
MOST_TRIED = 1_000_000


class TryForm(forms.Form):
    """A message that the user wants to try, as pasted text or as a file. It is not stored."""

    text = forms.CharField(required=False, strip=False)
    file = forms.FileField(required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """Sets `data` to the bytes of the file or, if there is no file, to the bytes of the text.
        At most `MOST_TRIED` bytes are accepted.
        """
        given = super().clean() or {}
        file, text = given.get("file"), given.get("text") or ""
        size = file.size if file else len(text.encode())
        if not file and not text.strip():
            raise forms.ValidationError(_("Paste a message or choose a file."))
        if size > MOST_TRIED:
            raise forms.ValidationError(
                _(
                    "This message is larger than 1 MB. Send it with “vedette ingest”, or try a"
                    " part of it here."
                )
            )
        given["data"] = file.read() if file else text.encode()
        return given
