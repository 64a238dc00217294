"""Uploads that come packed (ContentType=tgz)."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib

_LIMIT = 32 << 20  # bytes; far above any real upload, far below what a crafted archive swells to


def unpacked(body: bytes) -> tuple[bytes, str]:
    """The body, unpacked when it is a tgz (or gzip) upload; with the reason when that fails."""
    if not body.startswith(b"\x1f\x8b"):
        return body, ""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            content = packed.read(_LIMIT + 1)
        if len(content) > _LIMIT:
            return body, "compressed upload unpacks to more than 32 MB"
        return _untarred(content), ""
    except (OSError, EOFError, zlib.error):
        return body, "compressed upload cannot be unpacked"


def _untarred(content: bytes) -> bytes:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            files = [archive.extractfile(member) for member in archive if member.isfile()]
            return b"\n".join(file.read(_LIMIT) for file in files if file)
    except (tarfile.TarError, ValueError, EOFError):
        return content  # plain gzip
