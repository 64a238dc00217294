"""Commands: what a terminal is told to do, and what became of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, one_of
from models.rules.commands import Kind


class Command(Base):
    """A command of a known kind with its parameters; nobody types one. Its state is a rule's: rules.commands.state.

    `polls` counts the terminal's polls since it was handed out last, `code` is null when it never answered.
    """

    __tablename__ = "command"
    __table_args__ = (
        one_of("kind", Kind),
        CheckConstraint("number ~ '^[0-9A-Za-z]{0,24}$'", name="number"),
        CheckConstraint("(handed is null) = (tries = 0) and tries >= 0 and polls >= 0", name="handed"),
        CheckConstraint("done is null or cancelled is null", name="ended"),
        CheckConstraint("(cancelled is null) = (cancelled_by is null)", name="cancelled"),
        CheckConstraint("code is null or done is not null", name="code"),
        Index("ix_command_open", "terminal_id", "id", postgresql_where=text("done is null and cancelled is null")),
        Index(
            "ix_command_roster", "terminal_id", "number", "id", postgresql_where=text("kind in ('person', 'remove')")
        ),
        Index("ix_command_terminal_id", "terminal_id", "id"),
    )

    id: Mapped[Id]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"))
    kind: Mapped[str]
    number: Mapped[str] = mapped_column(server_default="")  # of the person on the terminal
    person_id: Mapped[Big | None] = mapped_column(ForeignKey("person.id"))
    given: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    queued: Mapped[Instant]
    queued_by: Mapped[Big]
    handed: Mapped[Instant | None]
    polls: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    tries: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    done: Mapped[Instant | None]
    code: Mapped[int | None] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(server_default="")
    cancelled: Mapped[Instant | None]
    cancelled_by: Mapped[Big | None]
