"""Reads the bodies of requests within limits of size and depth.

JSON is checked before it is parsed. Uploaded files stay in memory, so that unencrypted data is never written
to disk. The bytes of an upload are counted while they are read. Therefore an upload that is too large is
refused before it is completely read.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser
from ninja.parser import Parser

from vedette.core import filenames

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Maximum bytes of a JSON body, and maximum nesting. The deepest body of the API has three levels.
MOST_BYTES = 1024 * 1024
MOST_DEPTH = 16
#: A string, or an unterminated one. The pattern does not backtrack: a megabyte of unclosed quotes would
#: otherwise be scanned to its end from each quote.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def with_length(application: WSGIApplication) -> WSGIApplication:
    """Returns an application that also receives chunked bodies. Django reads as many bytes as
    `Content-Length` states, and a chunked body has no `Content-Length`. A body that is too large is read only
    until it exceeds the limit.
    """
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + (1 << 20)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("CONTENT_LENGTH") and environ.get("HTTP_TRANSFER_ENCODING"):
            body = io.BytesIO()
            while (left := most - body.tell()) and (part := environ["wsgi.input"].read(left)):
                body.write(part)
            environ |= {"CONTENT_LENGTH": str(body.tell()), "wsgi.input": body}
            body.seek(0)
        return application(environ, start_response)

    return answer


class Bounded(Parser):
    """Reads a body as JSON in UTF-8. The library ninja answers a `ValueError` with status 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Returns the body as Python objects. Raises `ValueError` if the body is too large, too deep, or not
        JSON.
        """
        body = request.body
        if len(body) > MOST_BYTES or _depth(body) > MOST_DEPTH:
            raise ValueError("too large or too deep")
        return json.loads(body, parse_constant=_no_number)


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for byte in _STRING.sub(b"", body).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_number(text: str) -> Any:
    """Refuses NaN and Infinity, which are not valid JSON (RFC 8259)."""
    raise ValueError("not a number")


class Named(MultiPartParser):
    """Django's parser removes folders and hidden characters from file names. The parser `Named` only replaces
    the folder separators, so that the code that checks the name can refuse it.
    """

    def sanitize_file_name(self, file_name: str) -> str | None:
        """Returns the file name as sent, with the folder separators replaced."""
        return filenames.whole(file_name) or None


class BoundedFiles(MemoryFileUploadHandler):
    """Limits the total size of the files of a request to `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes, and keeps each
    file in memory.
    """

    activated = True
    _reading = False

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._left = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def handle_raw_input(
        self, input_data: Any, meta: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> Any:
        """Reads the form with the parser of this module. If the parser itself calls this method, the usual
        parsing of Django continues.
        """
        if self._reading:
            return None
        self._reading = True
        return Named(meta, input_data, [self], encoding).parse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        """Stores a chunk. Stores a chunk. Raises `RequestDataTooBig` if the files exceed the limit."""
        self._left -= len(raw_data)
        if self._left < 0:
            raise RequestDataTooBig("more than DATA_UPLOAD_MAX_MEMORY_SIZE in files")
        return super().receive_data_chunk(raw_data, start)
