"""Rows as COPY takes them: text for registers, binary for columns of numpy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


class Sheaves:
    """Binary rows of the tables kept by months, gathered: each COPY begins a new stretch of its table's file."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[str, ...]] = {}
        self._rows: dict[tuple[str, datetime], list[bytes]] = defaultdict(list)
        self._counts: Counter[tuple[str, datetime]] = Counter()

    def add(self, table: str, month: datetime, columns: Mapping[str, Array]) -> None:
        """Add columns whose values all have one length: big-endian numbers, or bytes (S, V)."""
        self._columns[table] = tuple(columns)
        self._rows[table, month].append(_packed(columns))
        self._counts[table, month] += len(next(iter(columns.values())))

    def lots(self, least: int = 0) -> Iterator[Lot]:
        """What has been gathered, where it is that many bytes."""
        for (table, month), rows in list(self._rows.items()):
            if sum(map(len, rows)) >= least:
                data = b"".join([_SIGNATURE, *self._rows.pop((table, month)), b"\xff\xff"])
                yield Lot(table, self._columns[table], self._counts.pop((table, month)), data, True, month)


def _packed(columns: Mapping[str, Array]) -> bytes:
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, values in columns.items():
        layout += [(f"{name}:length", ">i4"), (name, values.dtype)]
    rows = np.empty(len(next(iter(columns.values()))), dtype=layout)
    rows["fields"] = len(columns)
    for name, values in columns.items():
        rows[f"{name}:length"], rows[name] = values.dtype.itemsize, values
    return rows.tobytes()


def month_of(ms: int) -> datetime:
    """The first instant of the UTC month."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return datetime(at.year, at.month, 1, tzinfo=UTC)
