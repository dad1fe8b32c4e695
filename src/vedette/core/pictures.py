"""Reads photographs that a device sends, and makes new pictures of them without metadata.

A photograph that was taken with a telephone contains the place, the time and the serial number of the device.
A new JPEG picture is made from the pixels alone. The sizes are checked before the pixels are decoded, so that
a small file cannot fill the memory.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

#: Greatest size of a file, and number of files of one request.
MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 12
#: Greatest number of pixels, by format. A JPEG picture is decoded at a reduced size. Many telephones add a
#: second picture to a JPEG file: Pillow names this format `MPO`. Only the first picture is read.
MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
_FORMATS = ("JPEG", "PNG", "WEBP")
#: Greatest side of a stored picture, and of a small one.
SIDE, SMALL = 2_000, 320
_QUALITY = 82
#: A process decodes one picture at a time, because a large one needs about 330 MB.
_ONE = threading.Lock()


class Unreadable(Exception):
    """The error that is raised if a file is not a readable picture. `code` is `format`, `large`, `pixels` or
    `damaged`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Picture:
    """A new JPEG picture."""

    data: bytes
    width: int
    height: int


def read(data: bytes) -> Picture:
    """Creates a new picture from a JPEG, PNG or WebP file. Raises `Unreadable`, and no other exception."""
    if len(data) > MOST_BYTES:
        raise Unreadable("large")
    try:
        with _ONE, Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS.get(opened.format or "", 0):
                raise Unreadable("pixels")
            return _made(opened, SIDE)
    except Unreadable:
        raise
    except UnidentifiedImageError:
        raise Unreadable("format") from None
    except Image.DecompressionBombError:
        raise Unreadable("pixels") from None
    # A damaged file can raise almost any exception in a decoder.
    except Exception:
        raise Unreadable("damaged") from None


def small(data: bytes) -> bytes:
    """Returns a small copy of a stored picture."""
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as opened:
        return _made(opened, SMALL).data


def _made(opened: Image.Image, side: int) -> Picture:
    opened.thumbnail((side, side))
    turned = ImageOps.exif_transpose(opened)
    # A picture with transparency gets a white ground.
    if turned.mode in ("RGBA", "LA", "PA", "P"):
        layered = turned.convert("RGBA")
        plain = Image.new("RGB", layered.size, "white")
        plain.paste(layered, mask=layered.getchannel("A"))
    else:
        plain = turned.convert("RGB")
    # A new picture has only pixels: no metadata, colour profile or comment.
    clean = Image.frombytes("RGB", plain.size, plain.tobytes())
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Picture(out.getvalue(), clean.width, clean.height)
