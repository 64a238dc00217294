"""Multipart bodies as terminals write them, split on bytes: a wrong or missing boundary loses nothing.

Seen: the boundary in other capitals than in the header, or in no header; LF for CRLF; NUL inside; another brand's
closing line, or none; a multipart inside a part. Joined again, the pieces are the body, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from ingest.protocols.reading import plain, text_of

MANY = 64  # parts of one body; what follows stays together as the last one
_DEEP = 3  # multiparts within multiparts

_HEADER_LINE = rb"[!-9;-~]{1,100}:[^\r\n]{0,2000}(?:\r?\n[ \t][^\r\n]{0,2000}){0,20}\r?\n"
_HEAD = re.compile(rb"(?:" + _HEADER_LINE + rb"){0,40}(?:\r?\n)?")
_TOLD = re.compile(r"(?i)boundary=(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))")
_FOUND = re.compile(rb"(?:\A|\n)--([!-~]{1,200}?)(?:--)?[ \t]{0,20}\r?\n(?=[!-9;-~]{1,100}:|\r?\n)")
_CLOSING = re.compile(rb"(?:\r?\n|\A)--[!-~]{1,200}--[ \t]{0,20}(?:\r?\n){0,2}\Z")  # anybody's
_OPENING = re.compile(rb"--[!-~]{1,200}[ \t]{0,20}\r?\n[!-9;-~]{1,100}:")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `before` holds the delimiter and whatever else is no part, `head` the header lines and the gap."""

    before: bytes
    head: bytes
    content: bytes

    def header(self, name: str) -> str:
        """The value of a header line of this part, "" when absent; the name without regard to case."""
        pattern = rb"(?im)^" + re.escape(name.encode()) + rb":[ \t]*([^\r\n]*)"
        found = re.search(pattern, self.head)
        return plain(text_of(found[1])) if found else ""

    @property
    def name(self) -> str:
        return self._disposition("name")

    @property
    def filename(self) -> str:
        return self._disposition("filename")

    @property
    def content_type(self) -> str:
        """`image/jpeg`, in lower case and without parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def _disposition(self, key: str) -> str:
        pattern = rf"(?i)[;\s]{key}\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]*))"
        found = re.search(pattern, self.header("Content-Disposition"))
        return (found[1] or found[2] or "") if found else ""


@dataclass(frozen=True, slots=True)
class Multipart:
    """The parts of a body in order, those of an inner multipart among them, and what closes it."""

    parts: tuple[Part, ...]
    end: bytes = b""

    @property
    def body(self) -> bytes:
        """All pieces joined: what was split, or with other contents in the parts the same around them."""
        return b"".join(piece for one in self.parts for piece in (one.before, one.head, one.content)) + self.end

    def with_contents(self, contents: Iterable[bytes]) -> Multipart:
        """The same around other contents. ValueError: not as many contents as parts."""
        pairs = zip(self.parts, contents, strict=True)
        return Multipart(tuple(Part(one.before, one.head, content) for one, content in pairs), self.end)


def is_multipart(body: bytes, content_type: str) -> bool:
    """Whether the header says multipart or, where it is absent or wrong, the body begins like one."""
    return content_type.strip().lower().startswith("multipart/") or _OPENING.match(body.lstrip(b"\r\n")) is not None


def split(body: bytes, content_type: str = "") -> Multipart:
    """The parts of a body; any bytes are taken. Without a delimiter the whole body is one part without a head.

    What stands before the first delimiter or after the last is a part too, unless blank: it may hold anything.
    """
    parts: list[Part] = []
    between = b""
    for before, rest in _pieces(body, _delimiter(body, content_type), _DEEP):
        between += before
        head = _head_of(rest) if before else b""
        content = rest[len(head) :]
        closing = _CLOSING.search(content, max(0, len(content) - 300))
        after = closing[0] if closing else b""
        content = content[: len(content) - len(after)]
        if not head and not content.strip():
            between += content + after
            continue
        parts.append(Part(between, head, content))
        between = after
    return Multipart(tuple(parts), between)


def _head_of(rest: bytes) -> bytes:
    found = _HEAD.match(rest)
    return found[0] if found else b""


def _pieces(body: bytes, delimiter: re.Pattern[bytes] | None, deep: int) -> Iterator[tuple[bytes, bytes]]:
    """(delimiter, what follows it) in order; before the first delimiter stands an empty one."""
    before, start = b"", 0
    for mark in islice(delimiter.finditer(body), MANY) if delimiter else ():
        yield from _inner(before, body[start : mark.start()], deep)
        before, start = mark[0], mark.end()
    yield from _inner(before, body[start:], deep)


def _inner(before: bytes, rest: bytes, deep: int) -> Iterator[tuple[bytes, bytes]]:
    """A piece, or the pieces of the multipart it holds: then delimiter and head of the outer are no part's."""
    head = _head_of(rest) if before else b""
    outer = Part(before, head, rest[len(head) :])
    multiple = before and deep and is_multipart(outer.content, outer.header("Content-Type"))
    delimiter = _delimiter(outer.content, outer.header("Content-Type")) if multiple else None
    if delimiter is None:
        yield before, rest
        return
    inner = _pieces(outer.content, delimiter, deep - 1)
    yield before + head, next(inner)[1]
    yield from inner


def _delimiter(body: bytes, content_type: str) -> re.Pattern[bytes] | None:
    """Lines of the boundary that the header names; of the first in the body where the header's does not occur."""
    told = _TOLD.search(content_type)
    if told:
        pattern = _lines_of((told[1] or told[2]).strip().encode("latin-1", "replace"))
        if pattern.search(body):
            return pattern
    found = _FOUND.search(body)
    return _lines_of(found[1]) if found else None


def _lines_of(boundary: bytes) -> re.Pattern[bytes]:
    return re.compile(
        rb"(?:\r?\n|(?<=\n)|\A)--" + re.escape(boundary) + rb"(?:--)?[ \t]{0,20}(?:\r?\n|\Z)", re.IGNORECASE
    )
