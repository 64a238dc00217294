"""What a terminal's own words tell of tampering and loss: its log, its counts, and the gaps found in them."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from models.base import Base, Big, Id, Instant, Salt, one_of, salted
from models.rules.events import TAMPER
from models.rules.loss import GapKind

TAMPERS = tuple(sorted(name.value for name in TAMPER))


class TerminalEvent(Base):
    """A line of a terminal's log (append-only). Its key is its content: a log that is sent again adds nothing."""

    __tablename__ = "terminal_event"
    __table_args__ = (
        salted(),
        UniqueConstraint("terminal_id", "digest"),
        Index("ix_terminal_event_named", "terminal_id", "name", "received"),
        Index("ix_terminal_event_tamper", "received", postgresql_where=text(f"name in {TAMPERS}")),
    )

    id: Mapped[Id]
    received: Mapped[Instant]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    request_id: Mapped[Big | None]
    line: Mapped[int] = mapped_column(Integer)
    at: Mapped[Instant | None]
    device_time: Mapped[str]
    name: Mapped[str]
    code: Mapped[Big | None]
    operator: Mapped[str]
    said: Mapped[list[str]] = mapped_column(ARRAY(Text))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    salt: Mapped[Salt]


class TerminalCount(Base):
    """How many people, records and faces a terminal said it held (append-only): when it changed, else once an hour."""

    __tablename__ = "terminal_count"
    __table_args__ = (salted(), Index("ix_terminal_count_told", "terminal_id", "told"))

    id: Mapped[Id]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    told: Mapped[Instant]
    users: Mapped[Big | None]
    attlogs: Mapped[Big | None]
    faces: Mapped[Big | None]
    salt: Mapped[Salt]


class TerminalNumber(Base):
    """The number of a terminal's own count that was heard last, and when its record was made."""

    __tablename__ = "terminal_number"

    terminal_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("terminal.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[Big]
    at: Mapped[Instant | None]
    began: Mapped[Instant]  # this count; one that begins anew fills no gap of the one before


class Gap(Base):
    """Something is missing: numbers low+1 … high, a fall from high to low records, or high told and low here.

    `closed_by` is who looked into it; null: what was missing came.
    """

    __tablename__ = "gap"
    __table_args__ = (
        one_of("kind", GapKind),
        CheckConstraint("low <= high", name="low"),
        CheckConstraint("(kind = 'sum') = (since is not null) and (since is null) = (until is null)", name="span"),
        Index("ix_gap_open", "terminal_id", postgresql_where=text("closed is null")),
        Index("ix_gap_terminal_id", "terminal_id", "id"),
    )

    id: Mapped[Id]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    kind: Mapped[str]
    low: Mapped[Big]
    high: Mapped[Big]
    since: Mapped[Instant | None]
    until: Mapped[Instant | None]
    found: Mapped[Instant]
    closed: Mapped[Instant | None]
    closed_by: Mapped[Big | None]
