"""Pictures that people hand in: told by their content, made smaller, written anew so that nothing else stays in them.

What a telephone writes beside the picture (place, time, owner, a second picture) is gone after this.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST: Final = 6 * 1024 * 1024  # bytes handed in
EDGE: Final = 1600  # pixels of the longer side that is kept
PIXELS: Final = 64_000_000  # of a picture that is opened at all: a small file may unfold to gigabytes
QUALITY: Final = 82


class NoPicture(ValueError):
    """This is no JPEG or PNG picture that can be kept; the message is "size", "kind" or "broken"."""


def _need_size(picture: Image.Image) -> None:
    if picture.width * picture.height > PIXELS:
        raise NoPicture("size")


def clean(content: bytes) -> bytes:
    """The picture alone, upright, at most EDGE wide or high, as a JPEG without any of its metadata. NoPicture."""
    if len(content) > LARGEST:
        raise NoPicture("size")
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            _need_size(picture)
            picture.draft("RGB", (EDGE, EDGE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except NoPicture:
        raise
    except UnidentifiedImageError:
        raise NoPicture("kind") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NoPicture("size") from None
    except Exception:  # noqa: BLE001  a decoder's complaints are of many kinds; all say that the file is not whole
        raise NoPicture("broken") from None
    upright.thumbnail((EDGE, EDGE))
    kept = BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()
