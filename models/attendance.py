"""Attendance: raw requests, readings, punches, refusals, disqualifications (all append-only) and window facts."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, Salt, Serial, salted


class Request(Base):
    """The record part of what a terminal sent, byte for byte; personal parts are replaced by digests in it."""

    __tablename__ = "request"
    __table_args__ = (salted(), {"postgresql_partition_by": "RANGE (received)"})

    id: Mapped[Id]
    received: Mapped[Instant] = mapped_column(primary_key=True)
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    headers: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of the body as it arrived
    salt: Mapped[Salt]


class Reading(Base):
    """One record as it arrived, before anything is known of it. The key is its content: a re-push adds nothing."""

    __tablename__ = "reading"
    __table_args__ = (
        salted(),
        UniqueConstraint("id", "at"),
        Index("ix_reading_terminal", "terminal_id", "number", "at"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    at: Mapped[Instant] = mapped_column(primary_key=True)  # what the device's clock said, as an instant
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"), primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    verify: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[Serial]
    method: Mapped[int] = mapped_column(SmallInteger)
    device_time: Mapped[str]
    received: Mapped[Instant]
    request_id: Mapped[Big]
    line: Mapped[int] = mapped_column(Integer)
    salt: Mapped[Salt]


class Punch(Base):
    """考勤记录: a reading attributed to a person. It cites its reading and carries no project.

    Each month of punches has a foreign key (reading_id, at) to the same month of readings: see migration 0006.
    """

    __tablename__ = "punch"
    __table_args__ = (
        salted(),
        UniqueConstraint("at", "reading_id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    person_id: Mapped[Big] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[Instant] = mapped_column(primary_key=True)
    reading_id: Mapped[Big] = mapped_column(primary_key=True)
    id: Mapped[Serial]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    method: Mapped[int] = mapped_column(SmallInteger)
    recorded: Mapped[Instant]
    salt: Mapped[Salt]


class Refusal(Base):
    """A record that could not be read or stored: its text and the reason, acknowledged and kept."""

    __tablename__ = "refusal"
    __table_args__ = (salted(),)

    id: Mapped[Id]
    received: Mapped[Instant]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"), index=True)
    request_id: Mapped[Big | None]
    line: Mapped[int] = mapped_column(Integer)
    text: Mapped[str]
    reason: Mapped[str]
    salt: Mapped[Salt]


class Disqualification(Base):
    """A decision of two persons that a punch does not count; a later one with `restores` lifts it."""

    __tablename__ = "disqualification"
    __table_args__ = (
        salted(),
        CheckConstraint("decided_by <> confirmed_by", name="two_persons"),
        ForeignKeyConstraint(["person_id", "at", "reading_id"], ["punch.person_id", "punch.at", "punch.reading_id"]),
        UniqueConstraint("restores"),
        Index("ix_disqualification_punch", "person_id", "at"),
    )

    id: Mapped[Id]
    person_id: Mapped[Big]
    at: Mapped[Instant]
    reading_id: Mapped[Big]
    decided: Mapped[Instant]
    decided_by: Mapped[Big] = mapped_column(ForeignKey("account.id"))
    confirmed_by: Mapped[Big] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]
    restores: Mapped[Big | None] = mapped_column(ForeignKey("disqualification.id"))
    salt: Mapped[Salt]


class AttendanceWindow(Base):
    """Facts of one person's window in one engagement (appointments there are joined); the state is a rule's."""

    __tablename__ = "attendance_window"
    __table_args__ = (
        CheckConstraint("ends > starts", name="ends"),
        CheckConstraint("(punches = 0) = (first is null) and (punches = 0) = (last is null)", name="punches"),
        CheckConstraint("first >= starts and last < ends and first <= last", name="within"),
        CheckConstraint("post_ms > 0 and duty_ms between 0 and post_ms and halt_ms between 0 and post_ms", name="time"),
        CheckConstraint("tier between 1 and 4", name="tier"),
        Index("ix_attendance_window_project", "project_id", "ends"),
        # `first`, not `punches`, so that a second punch of a window changes no indexed column
        Index(
            "ix_attendance_window_unmet",
            "ends",
            postgresql_include=["engagement_id", "person_id", "tier", "duty_ms"],
            postgresql_where=text("first is null"),
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )

    engagement_id: Mapped[Big] = mapped_column(ForeignKey("engagement.id"), primary_key=True)
    person_id: Mapped[Big] = mapped_column(ForeignKey("person.id"), primary_key=True)
    k: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"))
    starts: Mapped[Instant]
    ends: Mapped[Instant]
    punches: Mapped[int] = mapped_column(Integer)
    first: Mapped[Instant | None]
    last: Mapped[Instant | None]
    post_ms: Mapped[int] = mapped_column(Integer)
    duty_ms: Mapped[int] = mapped_column(Integer)
    halt_ms: Mapped[int] = mapped_column(Integer)
    tier: Mapped[int] = mapped_column(SmallInteger)


class WindowStrip(Base):
    """A person's windows in an engagement as one byte each, from window `first_k` on: rules.windows.code.

    What a heatmap needs, in one row a person. Derived from the window facts and kept with them.
    """

    __tablename__ = "window_strip"
    __table_args__ = (
        CheckConstraint("octet_length(states) > 0", name="states"),
        Index("ix_window_strip_project", "project_id"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    engagement_id: Mapped[Big] = mapped_column(ForeignKey("engagement.id"), primary_key=True)
    person_id: Mapped[Big] = mapped_column(ForeignKey("person.id"), primary_key=True)
    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"))
    first_k: Mapped[int] = mapped_column(Integer)
    states: Mapped[bytes] = mapped_column(LargeBinary)
    posts: Mapped[str]  # held in the engagement, highest first


class Pulse(Base):
    """A counter a project: moves with every change of its window facts, so that screens ask cheaply."""

    __tablename__ = "pulse"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"), primary_key=True, autoincrement=False)
    version: Mapped[Big]
