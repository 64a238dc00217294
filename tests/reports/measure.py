"""Where every glyph of a PDF stands, in millimetres from the upper left corner of its page: a ruler laid on paper."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

MM = 25.4 / 72
HEIGHT = 297.0
TOP, LEFT, BOTTOM, RIGHT = 37.0, 28.0, 262.0, 184.0  # the type area of GB/T 9704-2012
PITCH = 225 / 22
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Glyph:
    text: str
    x: float  # left edge
    y: float  # baseline, counted from the top
    width: float
    size: float  # pt
    font: str

    @property
    def right(self) -> float:
        return self.x + self.width


@dataclass(frozen=True)
class Face:
    name: str
    text: dict[int, str]
    widths: dict[int, float]


@dataclass
class State:
    matrix: Matrix = (1, 0, 0, 1, 0, 0)
    stack: list[Matrix] = field(default_factory=list)
    text: Matrix = (1, 0, 0, 1, 0, 0)
    face: Face | None = None
    size: float = 0
    along: float = 0  # how far the pen has moved since the last Tm


def glyphs(reader: PdfReader, number: int) -> list[Glyph]:
    """All glyphs of a page (number from 0), in the order of the file."""
    page = reader.pages[number]
    faces = {name: _face(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}  # type: ignore[index]
    return list(_shown(page, reader, faces))


def lines(found: list[Glyph]) -> list[list[Glyph]]:
    """Glyphs by baseline from the top, each line from left to right."""
    rows: dict[float, list[Glyph]] = defaultdict(list)
    for glyph in found:
        near = next((y for y in rows if abs(y - glyph.y) < 0.3), glyph.y)
        rows[near].append(glyph)
    return [sorted(rows[y], key=lambda glyph: glyph.x) for y in sorted(rows)]


def words(line: list[Glyph]) -> str:
    return "".join(glyph.text for glyph in line)


@cache
def text(reader: PdfReader, number: int | None = None) -> str:
    """The text of a page, or of all without their numbers, in the order of the file and without white space."""
    if number is not None:
        return "".join(glyph.text.strip() for glyph in glyphs(reader, number))
    return "".join(text(reader, index).replace(f"—{index + 1}—", "") for index in range(len(reader.pages)))


def page_of(reader: PdfReader, wanted: str) -> int:
    return next(number for number in range(len(reader.pages)) if wanted in text(reader, number))


def line_with(reader: PdfReader, number: int, wanted: str) -> list[Glyph]:
    return next(line for line in lines(glyphs(reader, number)) if wanted in words(line))


def body(reader: PdfReader, number: int) -> list[list[Glyph]]:
    """The lines of 3号 characters within the type area."""
    return lines([glyph for glyph in inside(glyphs(reader, number)) if glyph.size == pytest.approx(16, abs=0.1)])


def inside(found: Sequence[Glyph]) -> list[Glyph]:
    return [glyph for glyph in found if TOP < glyph.y < BOTTOM]


def _face(font: Any) -> Face:
    mapping = font["/ToUnicode"].get_object().get_data().decode()
    pairs = re.findall(r"<(\w+)> <(\w+)>\n", mapping)
    text = {int(code, 16): bytes.fromhex(to).decode("utf-16-be") for code, to in pairs}
    given = font["/DescendantFonts"][0].get_object()["/W"]
    runs = zip(given[::2], given[1::2], strict=True)
    widths = {int(first) + offset: float(width) for first, run in runs for offset, width in enumerate(run)}
    return Face(str(font["/BaseFont"]), text, widths)


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _shown(page: PageObject, reader: PdfReader, faces: dict[str, Face]) -> Iterator[Glyph]:
    state = State()
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        match operator:
            case b"q":
                state.stack.append(state.matrix)
            case b"Q":
                state.matrix = state.stack.pop()
            case b"cm":
                state.matrix = _times(_matrix(operands), state.matrix)
            case b"Tm":
                state.text, state.along = _matrix(operands), 0
            case b"Tf":
                state.face, state.size = faces[operands[0]], float(operands[1])
            case b"TJ":
                yield from _string(state, operands[0])


def _matrix(operands: list[Any]) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands)
    return (a, b, c, d, e, f)


def _string(state: State, pieces: list[Any]) -> Iterator[Glyph]:
    assert state.face
    for piece in pieces:
        if isinstance(piece, int | float):
            state.along -= float(piece) / 1000 * state.size
            continue
        raw = piece if isinstance(piece, bytes) else piece.original_bytes
        for at in range(0, len(raw), 2):
            code = int.from_bytes(raw[at : at + 2], "big")
            place = _times((1, 0, 0, 1, state.along, 0), _times(state.text, state.matrix))
            step = state.face.widths.get(code, 1000) / 1000 * state.size
            across, up = place[0], abs(place[3])
            x, y, width = place[4] * MM, HEIGHT - place[5] * MM, step * across * MM
            yield Glyph(state.face.text[code], x, y, width, state.size * up, state.face.name)
            state.along += step
