"""Rows as COPY takes them: text for registers, binary for columns of numpy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from models.acts.bulk import Lot

EPOCH_MS = 946_684_800_000  # 2000-01-01 UTC, from where PostgreSQL counts microseconds
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})
Array = npt.NDArray[Any]


def text_lot(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], month: datetime | None = None) -> Lot:
    """A lot of any values that PostgreSQL reads from text; bytes are sent as hex."""
    lines = ["\t".join(map(_word, row)) for row in rows]
    return Lot(table, columns, len(lines), ("\n".join(lines) + "\n").encode() if lines else b"", month=month)


def _word(value: Any) -> str:
    match value:
        case None:
            return "\\N"
        case bytes():
            return "\\\\x" + value.hex()
        case datetime():
            return value.isoformat()
        case str():
            return value.translate(_ESCAPES)
        case _:
            return str(value)


def instant(ms: Array) -> Array:
    """Milliseconds since 1970 as timestamptz's own number."""
    return ((ms - EPOCH_MS) * 1000).astype(">i8")


def binary_lot(table: str, month: datetime, columns: Mapping[str, Array]) -> Lot:
    """A lot of columns whose values all have one length: big-endian numbers, or bytes (S) for text."""
    count = len(next(iter(columns.values())))
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, values in columns.items():
        layout += [(f"{name}:length", ">i4"), (name, values.dtype)]
    rows = np.empty(count, dtype=layout)
    rows["fields"] = len(columns)
    for name, values in columns.items():
        rows[f"{name}:length"], rows[name] = values.dtype.itemsize, values
    return Lot(table, tuple(columns), count, _SIGNATURE + rows.tobytes() + b"\xff\xff", binary=True, month=month)


def month_of(ms: int) -> datetime:
    """The first instant of the UTC month."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return datetime(at.year, at.month, 1, tzinfo=UTC)
