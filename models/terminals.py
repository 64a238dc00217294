"""Terminals (考勤机), what is last known of them, their outages, and which projects they serve."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, During, Id, Instant, Sealed, whole_range


class Terminal(Base):
    """A terminal, from its first contact or its registration on. Only an admitted one's readings count.

    `verified` false: the same serial spoke without its token; what it says is held apart and never counts.
    """

    __tablename__ = "terminal"
    __table_args__ = (
        UniqueConstraint("protocol", "serial", "verified"),
        CheckConstraint("admitted is null or (unit_id is not null and verified)", name="admitted"),
        CheckConstraint("char_length(serial) between 1 and 64", name="serial"),
        CheckConstraint("offset_minutes between -720 and 840", name="offset_minutes"),
        CheckConstraint("(registered is null) = (registered_by is null)", name="registered"),
        CheckConstraint("(admitted is null) = (admitted_by is null)", name="admitted_by"),
        CheckConstraint(
            "refused is null or (admitted is null and refused_by is not null and refused_reason <> '')", name="refused"
        ),
        CheckConstraint("disabled is null or (disabled_by is not null and disabled_reason <> '')", name="disabled"),
    )

    id: Mapped[Id]
    protocol: Mapped[str]
    serial: Mapped[str]
    verified: Mapped[bool] = mapped_column(server_default=text("true"))
    brand: Mapped[str] = mapped_column(server_default="")
    model: Mapped[str] = mapped_column(server_default="")
    unit_id: Mapped[Big | None] = mapped_column(ForeignKey("unit.id"))
    area: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    place: Mapped[str] = mapped_column(server_default="")
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    offset_minutes: Mapped[int] = mapped_column(SmallInteger, server_default=text("480"))
    token_hash: Mapped[bytes | None]
    first_seen: Mapped[Instant | None]
    admitted: Mapped[Instant | None]
    disabled: Mapped[Instant | None]
    contact_name: Mapped[Sealed | None]
    contact_phone: Mapped[Sealed | None]
    registered: Mapped[Instant | None]
    registered_by: Mapped[Big | None]
    admitted_by: Mapped[Big | None]
    refused: Mapped[Instant | None]  # sent back: registering it once more clears this
    refused_by: Mapped[Big | None]
    refused_reason: Mapped[str] = mapped_column(server_default="")
    disabled_by: Mapped[Big | None]
    disabled_reason: Mapped[str] = mapped_column(server_default="")


class TerminalState(Base):
    """What is last known of a terminal. Backlog never moves it backwards."""

    __tablename__ = "terminal_state"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"), primary_key=True, autoincrement=False)
    last_seen: Mapped[Instant | None]
    last_punch: Mapped[Instant | None]  # device instant of the newest punch
    skew_ms: Mapped[int | None] = mapped_column(Integer)  # arrival − device time of the newest realtime punch
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class Outage(Base):
    """离线: a terminal was silent from `began` until `ended` (null: still is). Transitions, never edited back."""

    __tablename__ = "outage"
    __table_args__ = (
        CheckConstraint("ended > began", name="ended"),
        ExcludeConstraint(
            ("terminal_id", "="), (func.tstzrange(text("began"), text("ended")), "&&"), name="ex_outage_overlap"
        ),
    )

    id: Mapped[Id]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    began: Mapped[Instant]
    ended: Mapped[Instant | None]


class Service(Base):
    """A terminal serves a project for a time; an owner's terminal serves several (二(一))."""

    __tablename__ = "service"
    __table_args__ = (
        whole_range(),
        ExcludeConstraint(("terminal_id", "="), ("project_id", "="), ("during", "&&"), name="ex_service_twice"),
    )

    id: Mapped[Id]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"), index=True)
    during: Mapped[During]
