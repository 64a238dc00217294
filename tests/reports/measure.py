"""A circular held against GB/T 9704-2012: `python -m tests.reports.measure paper.pdf` prints required and measured."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from tests.reports import annexes, form
from tests.reports.form import Paper, Point


def measure(pdf: bytes) -> list[Point]:
    """Every point of the form, in the order of the standard."""
    paper = Paper(PdfReader(BytesIO(pdf)))
    return [point for check in (*form.CHECKS, *annexes.CHECKS) for point in check(paper)]


def table(points: list[Point]) -> str:
    """Required, measured, and whether the one keeps the other."""
    rows = [("point", "required", "measured", "")] + [
        (point.what, point.required, point.measured, "ok" if point.kept else "NOT KEPT") for point in points
    ]
    sizes = [*(max(wide(row[column]) for row in rows) for column in range(3)), 0]
    return "\n".join("  ".join(map(padded, row, sizes)) for row in rows)


def padded(text: str, columns: int) -> str:
    """A text filled up with spaces."""
    return text + " " * (columns - wide(text))


def wide(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


if __name__ == "__main__":
    found = measure(Path(sys.argv[1]).read_bytes())
    sys.stdout.write(table(found) + "\n")
    sys.exit(any(not point.kept for point in found))
