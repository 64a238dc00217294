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


def clean(content: bytes) -> bytes:
    """The picture alone, upright, at most EDGE wide or high, as a JPEG without any of its metadata. NoPicture."""
    if len(content) > LARGEST:
        raise NoPicture("size")
    upright = _opened(content)
    upright.thumbnail((EDGE, EDGE))
    kept = BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()


def _opened(content: bytes) -> Image.Image:
    """The picture upright, its pixels read only when there are not too many."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height <= PIXELS:
                picture.draft("RGB", (EDGE, EDGE))
                return ImageOps.exif_transpose(picture).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pass
    except UnidentifiedImageError:
        raise NoPicture("kind") from None
    except Exception:  # noqa: BLE001  a decoder's complaints are of many kinds; all say that the file is not whole
        raise NoPicture("broken") from None
    raise NoPicture("size")
