"""Where every glyph and rule of a PDF stands, in mm from the upper left corner of its page: a ruler laid on paper."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

MM = 25.4 / 72
HEIGHT = 297.0
TOP, LEFT, BOTTOM, RIGHT = 37.0, 28.0, 262.0, 184.0  # the type area of GB/T 9704-2012
PITCH = 225 / 22
Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[float, ...]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Glyph:
    text: str
    x: float  # left edge
    y: float  # baseline, counted from the top
    width: float
    size: float  # pt
    font: str
    colour: Colour
    ink: Bounds | None  # left, lower, right, upper in em from its place on the baseline; None: nothing is drawn

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def upper(self) -> float:
        """The upper edge of its ink."""
        return self.y - (self.ink[3] if self.ink else 0) * self.size * MM

    @property
    def lower(self) -> float:
        return self.y - (self.ink[1] if self.ink else 0) * self.size * MM


@dataclass(frozen=True)
class Rule:
    """A line: the box that it fills."""

    left: float
    top: float
    right: float
    bottom: float
    colour: Colour

    @property
    def across(self) -> bool:
        return self.right - self.left > self.bottom - self.top

    @property
    def thickness(self) -> float:
        return min(self.right - self.left, self.bottom - self.top)


@dataclass(frozen=True, eq=False)
class Face:
    name: str
    text: dict[int, str]
    widths: dict[int, float]
    ascent: float  # em
    program: TTFont  # as embedded

    @cache  # noqa: B019  faces live as long as the tests
    def ink(self, code: int) -> Bounds | None:
        """The bounds of a glyph's outline in em; of .notdef too, which is told by its code 0."""
        strokes, pen = self.program.getGlyphSet(), BoundsPen(None)
        pen.glyphSet = strokes
        strokes[self.program.getGlyphName(code)].draw(pen)
        em = self.program["head"].unitsPerEm
        return tuple(edge / em for edge in pen.bounds) if pen.bounds else None


@dataclass
class State:
    matrix: Matrix = (1, 0, 0, 1, 0, 0)
    colour: Colour = (0, 0, 0)
    stack: list[tuple[Matrix, Colour]] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)
    clip: list[tuple[float, float]] = field(default_factory=list)
    pen: float = 0  # width of a line
    text: Matrix = (1, 0, 0, 1, 0, 0)
    face: Face | None = None
    size: float = 0
    along: float = 0  # how far the pen has moved since the last Tm


@cache
def glyphs(reader: PdfReader, number: int) -> list[Glyph]:
    """All glyphs of a page (number from 0), in the order of the file."""
    return [shape for shape in _shapes(reader, number) if isinstance(shape, Glyph)]


@cache
def rules(reader: PdfReader, number: int) -> list[Rule]:
    """All lines of a page, in the order of the file."""
    return [shape for shape in _shapes(reader, number) if isinstance(shape, Rule)]


@cache
def faces(reader: PdfReader) -> dict[str, Face]:
    """The fonts of the file by the names of its pages' resources."""
    named = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    return {name: _face(font.get_object()) for name, font in named.items()}


@cache
def _shapes(reader: PdfReader, number: int) -> list[Glyph | Rule]:
    return list(_drawn(reader.pages[number], reader, faces(reader)))


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
    return lines([glyph for glyph in inside(glyphs(reader, number)) if abs(glyph.size - 16) < 0.1])


def inside(found: Sequence[Glyph]) -> list[Glyph]:
    return [glyph for glyph in found if TOP < glyph.y < BOTTOM]


def _face(font: Any) -> Face:
    mapping = font["/ToUnicode"].get_object().get_data().decode()
    pairs = re.findall(r"<(\w+)> <(\w+)>\n", mapping)
    text = {int(code, 16): bytes.fromhex(to).decode("utf-16-be") for code, to in pairs}
    inner = font["/DescendantFonts"][0].get_object()
    runs = zip(inner["/W"][::2], inner["/W"][1::2], strict=True)
    widths = {int(first) + offset: float(width) for first, run in runs for offset, width in enumerate(run)}
    described = inner["/FontDescriptor"].get_object()
    program = next(described[key] for key in ("/FontFile2", "/FontFile3") if key in described)
    return Face(str(font["/BaseFont"]), text, widths, float(described["/Ascent"]) / 1000, _program(program))


def _program(embedded: Any) -> TTFont:
    return TTFont(BytesIO(embedded.get_object().get_data()), lazy=True)


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _drawn(page: PageObject, reader: PdfReader, named: dict[str, Face]) -> Iterator[Glyph | Rule]:
    state = State()
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        match operator:
            case b"q":
                state.stack.append((state.matrix, state.colour))
            case b"Q":
                state.matrix, state.colour = state.stack.pop()
            case b"cm":
                state.matrix = _times(_matrix(operands), state.matrix)
            case b"rg":
                state.colour = tuple(float(value) for value in operands)
            case b"Tm":
                state.text, state.along = _matrix(operands), 0
            case b"Tf":
                state.face, state.size = named[operands[0]], float(operands[1])
            case b"TJ":
                yield from _string(state, operands[0])
            case _:
                yield from _path(state, operator, operands)


def _path(state: State, operator: bytes, operands: list[Any]) -> Iterator[Rule]:
    """Borders are filled within a clipping path that is the line itself; rules of tables are stroked."""
    match operator:
        case b"w":
            state.pen = float(operands[0]) * abs(state.matrix[0])
        case b"m" | b"l":
            x, y = (float(value) for value in operands)
            at = _times((1, 0, 0, 1, x, y), state.matrix)
            state.points.append((at[4], at[5]))
        case b"W*":
            state.clip = state.points
        case b"f*" if state.clip:
            yield _rule(state.clip, 0, state.colour)
            state.clip = []
        case b"S":
            for pair in zip(state.points[::2], state.points[1::2], strict=True):
                yield _rule(pair, state.pen / 2, (0, 0, 0))
    if operator in (b"n", b"f*", b"f", b"S"):
        state.points = []


def _rule(points: Sequence[tuple[float, float]], half: float, colour: Colour) -> Rule:
    across, up = [x for x, _ in points], [y for _, y in points]
    left, right, lower, upper = min(across), max(across), min(up), max(up)
    wide, high = (0.0, half) if right - left > upper - lower else (half, 0.0)
    edges = ((left - wide) * MM, HEIGHT - (upper + high) * MM, (right + wide) * MM, HEIGHT - (lower - high) * MM)
    return Rule(*edges, colour)


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
            ink = state.face.ink(code) if code else None  # code 0 is .notdef: no glyph of its own
            shown = state.face.text[code]
            yield Glyph(shown, x, y, width, state.size * up, state.face.name, state.colour, ink)
            state.along += step
