"""Sheets ready to be written: pages after layout, laid over each other, their tables ruled by lines of one piece.

Borders of cells would be drawn cell by cell: more bytes, more time, and lines that look uneven on a screen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

RULE = 0.25 * 96 / 25.4  # CSS px: 0.25 mm, as the thin line of 版记
Line = tuple[float, float, float, float]  # x, y, x, y


class Sheet:
    """A page of WeasyPrint with others laid over it."""

    def __init__(self, *pages: Any) -> None:
        self.pages = pages

    def __getattr__(self, name: str) -> Any:
        """Size, links and anchors are those of the page below."""
        return getattr(self.pages[0], name)

    def paint(self, stream: Any, scale: float = 1) -> None:
        """Paint what WeasyPrint laid out, then the rules of its tables."""
        for page in self.pages:
            page.paint(stream, scale)
            if lines := list(rules(page._page_box)):  # noqa: SLF001  the boxes are not to be had otherwise
                _draw(lines, stream, scale)


def rules(box: Any) -> Iterator[Line]:
    """The lines of all tables of a page, horizontal ones first; neighbouring pieces are one line."""
    for table in box.descendants():
        if hasattr(table, "column_positions"):
            rows = [row for group in table.children for row in group.children]
            left, right = round(table.position_x, 1), round(table.position_x + table.width, 1)
            for edge in [row.position_y for row in rows] + [rows[-1].position_y + rows[-1].height]:
                yield left, edge, right, edge
            yield from _uprights(rows, right)


def _uprights(rows: list[Any], right: float) -> Iterator[Line]:
    """Left edges of cells, joined over the rows, and the right edge of the table."""
    runs: dict[float, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        top, bottom = row.position_y, row.position_y + row.height
        for x in [round(cell.position_x, 1) for cell in row.children] + [right]:
            begun = runs[x].pop()[0] if runs[x] and abs(runs[x][-1][1] - top) < RULE else top
            runs[x].append((begun, bottom))
    for x, pieces in runs.items():
        yield from ((x, top, x, bottom) for top, bottom in pieces)


def _draw(lines: list[Line], stream: Any, scale: float) -> None:
    with stream.artifact(), stream.stacked():
        stream.transform(a=scale, d=scale)
        stream.set_color_rgb(0, 0, 0, stroke=True)
        stream.set_line_width(RULE)
        stream.set_line_cap(2)  # square ends close the corners
        for left, top, right, bottom in lines:
            stream.move_to(left, top)
            stream.line_to(right, bottom)
        stream.stroke()
