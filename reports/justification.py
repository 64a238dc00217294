"""Justified Chinese lines for WeasyPrint, which stretches only U+0020 and U+00A0.

So a gap of no width stands between Chinese characters before layout: a space where a line may end, a no-break space
where it may not. After layout the gaps leave the text again and their distances stay, so that searching and copying
find the words as they were written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

NO_START = {"Pe", "Pf", "Po"}  # closing marks, commas and stops start no line
NO_END = {"Ps", "Pi"}  # opening marks end no line
WORD_SPACE = "\u2002"  # stands for a space that was written as one


def open_gaps(paragraph: Element) -> None:
    """Put gaps into the text of a paragraph; none at the edges of inline elements, where lines break by themselves."""
    for element in paragraph.iter():
        element.text = _gapped(element.text)
        if element is not paragraph:
            element.tail = _gapped(element.tail)


def _gapped(text: str | None) -> str | None:
    if not text:
        return text
    text = re.sub(" +", _word_space, re.sub(r"\s*\n\s*", "", text))
    return "".join(a + _gap(a, b) for a, b in pairwise(text)) + text[-1:]


def _word_space(found: re.Match[str]) -> str:
    """A space is kept between two Latin words; beside a Chinese character it says nothing."""
    around = found.string[max(found.start() - 1, 0) : found.start()] + found.string[found.end() : found.end() + 1]
    return WORD_SPACE if len(around) == 2 and not any(map(_wide, around)) else ""


@cache
def _gap(left: str, right: str) -> str:
    """What stands between two neighbours: nothing, a place to break, or a gap without one."""
    if not (_wide(left) or _wide(right)):
        return ""
    bound = unicodedata.category(right) in NO_START or unicodedata.category(left) in NO_END
    return "\u00a0" if bound else " "


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"


SHOWN = re.compile(rb"\[(.*)\] TJ", re.DOTALL)
FONT = re.compile(rb"/(\S+) \S+ Tf")
PIECE = re.compile(rb"<([0-9a-f]*)>|(-?[0-9.]+)")
NARROW = 250  # thousandths of an em: a space that advances more is meant as one


def close_gaps(document: Any, paper: Any) -> None:
    """Replace the gaps of a laid out document by their distance (a finisher of WeasyPrint's `write_pdf`)."""
    spaces: dict[bytes, dict[bytes, float]] = {}
    for face in document.fonts.values():
        found = [glyph for glyph, text in face.to_unicode.items() if text in (" ", "\u00a0")]
        own = spaces.setdefault(face.hash.encode(), {})
        own |= {b"%04x" % glyph: float(face.widths[glyph]) for glyph in found}
    for item in paper.objects:
        if isinstance(getattr(item, "stream", None), list):
            item.stream[:] = _without_gaps(item.stream, spaces)


def _without_gaps(stream: Sequence[Any], spaces: Mapping[bytes, Mapping[bytes, float]]) -> list[Any]:
    current: Mapping[bytes, float] = {}
    lines = []
    for line in stream:
        text = line if isinstance(line, bytes) else b""
        if font := FONT.fullmatch(text):
            current = spaces.get(font[1], {})
        shown = SHOWN.fullmatch(text) if current else None
        lines.append(b"[%s] TJ" % _closed(_pieces(shown[1]), current) if shown else line)
    return lines


def _pieces(shown: bytes) -> list[bytes | float]:
    """What a TJ shows: glyphs in hex, and distances in thousandths of an em that count backwards."""
    pieces: list[bytes | float] = []
    for glyphs, distance in PIECE.findall(shown):
        pieces += [glyphs[at : at + 4] for at in range(0, len(glyphs), 4)] if glyphs else [float(distance or 0)]
    return pieces


def _closed(pieces: list[bytes | float], spaces: Mapping[bytes, float]) -> bytes:
    """The pieces with each narrow space turned into its distance, neighbouring distances added."""
    closed: list[bytes | float] = []
    for at, piece in enumerate(pieces):
        width = spaces.get(piece) if isinstance(piece, bytes) else None
        gap = width is not None and width - _backwards(pieces, at) < NARROW
        step = -width if gap and width is not None else piece
        if isinstance(step, float) and closed and isinstance(last := closed[-1], float):
            closed[-1] = last + step
        else:
            closed.append(step)
    return b"".join(b"<%s>" % piece if isinstance(piece, bytes) else b"%.3f" % piece for piece in closed)


def _backwards(pieces: list[bytes | float], at: int) -> float:
    """The distances right before and after a piece."""
    around = pieces[max(at - 1, 0) : at] + pieces[at + 1 : at + 2]
    return sum(piece for piece in around if isinstance(piece, float))
