"""Base of all tables, column types and constraint names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, LargeBinary, MetaData, Row, Select, Text, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Serial = Annotated[int, mapped_column(BigInteger, Identity(always=True))]  # an id that is not the primary key
Big = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]  # UTC, whole milliseconds
During = Annotated[Range[datetime], mapped_column(TSTZRANGE)]  # half-open [begin, end)
Sealed = Annotated[bytes, mapped_column(LargeBinary)]  # encrypted by models.keys
# 122 random bits from the server; leaves of the ledger are salted with them
Salt = Annotated[bytes, mapped_column(LargeBinary, server_default=text("uuid_send(gen_random_uuid())"))]

# of queries whose columns the checker cannot know: raw SQL, outer joins
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


class Base(DeclarativeBase):
    """Every table of the trade."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text}


def one_of(column: str, values: type[Enum] | Sequence[str]) -> CheckConstraint:
    """A check that a text column holds one of the words."""
    words = [str(v.value) for v in values] if isinstance(values, type) else list(values)
    return CheckConstraint(f"{column} in ({', '.join(repr(w) for w in words)})", name=column)


def whole_range(column: str = "during") -> CheckConstraint:
    """A check that a range is not empty, has a beginning and is half-open."""
    return CheckConstraint(
        f"not isempty({column}) and not lower_inf({column}) and lower_inc({column}) and not upper_inc({column})",
        name=column,
    )


def salted() -> CheckConstraint:
    """A check that a leaf's salt has its 16 bytes."""
    return CheckConstraint("octet_length(salt) = 16", name="salt")
