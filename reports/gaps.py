"""The gaps of justified lines leave the written text, so that searching and copying find the words as they were.

Their distances stay. Where a line is stretched so far that a reader of the file would take a distance for a space, the
line says its words itself (`ActualText`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SHOWN = re.compile(rb"\[(.*)\] TJ", re.DOTALL)
FONT = re.compile(rb"/(\S+) \S+ Tf")
PIECE = re.compile(rb"<([0-9a-f]*)>|(-?[0-9.]+)")
NARROW = 250  # thousandths of an em: a space that advances more is meant as one
SEEN = 80  # thousandths of an em: from 100 on poppler and others see a space between two characters
Piece = bytes | float  # a glyph in hex, or a distance in thousandths of an em that counts backwards


class Face:
    """What the glyphs of a font mean, and how far its spaces advance, in thousandths of an em."""

    def __init__(self) -> None:
        self.text: dict[Piece, str] = {}
        self.spaces: dict[Piece, float] = {}

    def learn(self, font: Any) -> None:
        """A file may be used by several fonts of WeasyPrint, each with glyphs of its own."""
        for glyph, words in font.to_unicode.items():
            self.text[b"%04x" % glyph] = words
            if words in (" ", "\u00a0"):
                self.spaces[b"%04x" % glyph] = float(font.widths[glyph])


def close_gaps(document: Any, paper: Any) -> None:
    """Replace the gaps of a laid out document by their distance (a finisher of WeasyPrint's `write_pdf`)."""
    faces: dict[bytes, Face] = {}
    for font in document.fonts.values():
        faces.setdefault(font.hash.encode(), Face()).learn(font)
    for item in paper.objects:
        if isinstance(getattr(item, "stream", None), list):
            item.stream[:] = _without_gaps(item.stream, faces)


def _without_gaps(stream: Sequence[Any], faces: Mapping[bytes, Face]) -> list[Any]:
    face = Face()
    written: list[Any] = []
    for line in _lines(stream):
        told = _Words()
        for item in line:
            text = item if isinstance(item, bytes) else b""
            if font := FONT.fullmatch(text):
                face = faces.get(font[1], face)
            if shown := SHOWN.fullmatch(text):
                pieces = _closed(_pieces(shown[1]), face.spaces)
                told.add(len(written), pieces, face)
                text = b"[%s] TJ" % b"".join(map(_written, pieces))
            written.append(text or item)
        told.into(written)
    return written


class _Words:
    """What a line says, and how far it is stretched."""

    def __init__(self) -> None:
        self.text, self.widest = "", 0.0
        self.first = self.last = 0

    def add(self, at: int, pieces: Sequence[Piece], face: Face) -> None:
        self.first = self.first if self.text else at
        self.last = at
        self.text += "".join(face.text.get(piece, "") for piece in pieces)
        self.widest = max(self.widest, *(-piece for piece in pieces if isinstance(piece, float)), 0.0)

    def into(self, written: list[Any]) -> None:
        if self.widest > SEEN:
            words = self.text.strip().encode("utf-16-be").hex().encode()
            written.insert(self.last + 1, b"EMC")
            written.insert(self.first, b"/Span <</ActualText <feff%s>>> BDC" % words)


def _lines(stream: Sequence[Any]) -> Iterator[list[Any]]:
    """A content stream cut wherever the pen is set anew or a text object ends."""
    line: list[Any] = []
    for item in stream:
        if isinstance(item, bytes) and (item.endswith(b" Tm") or item == b"ET"):
            yield line
            line = []
        line.append(item)
    yield line


def _pieces(shown: bytes) -> list[Piece]:
    """What a TJ shows."""
    pieces: list[Piece] = []
    for glyphs, distance in PIECE.findall(shown):
        pieces += [glyphs[at : at + 4] for at in range(0, len(glyphs), 4)] if glyphs else [float(distance or 0)]
    return pieces


def _closed(pieces: Sequence[Piece], spaces: Mapping[Piece, float]) -> list[Piece]:
    """The pieces with each narrow space turned into its distance, neighbouring distances added."""
    closed: list[Piece] = []
    for at, piece in enumerate(pieces):
        width = spaces.get(piece)
        step = piece if width is None or width - _backwards(pieces, at) >= NARROW else -width
        if isinstance(step, float) and closed and isinstance(last := closed[-1], float):
            closed[-1] = last + step
        else:
            closed.append(step)
    return closed


def _backwards(pieces: Sequence[Piece], at: int) -> float:
    """The distances right before and after a piece."""
    around = (*pieces[max(at - 1, 0) : at], *pieces[at + 1 : at + 2])
    return sum(piece for piece in around if isinstance(piece, float))


def _written(piece: Piece) -> bytes:
    return b"<%s>" % piece if isinstance(piece, bytes) else b"%.3f" % piece
