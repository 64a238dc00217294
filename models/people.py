"""People, the posts of 附1, appointments and badges."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from models.base import Base, Big, During, Id, Instant, Sealed, one_of, whole_range

KINDS = ("contractor", "supervisor", "laboratory")


class Person(Base):
    """A supervised person. Identity number and phone are encrypted; the blind index finds duplicates."""

    __tablename__ = "person"

    id: Mapped[Id]
    name: Mapped[str]
    id_number: Mapped[Sealed]
    id_index: Mapped[bytes] = mapped_column(unique=True)
    phone: Mapped[Sealed | None]
    entered: Mapped[Instant]


class Post(Base):
    """岗位 of 附1 tables 1-1 to 1-3 with its tier (1 highest) and the certificates it asks for."""

    __tablename__ = "post"
    __table_args__ = (
        one_of("kind", KINDS),
        CheckConstraint("tier between 1 and 4", name="tier"),
        UniqueConstraint("code", "kind"),
        UniqueConstraint("kind", "name"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    tier: Mapped[int] = mapped_column(SmallInteger)
    certificates: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Appointment(Base):
    """任职: a person holds a post in an engagement. The post must be one of the engagement's kind."""

    __tablename__ = "appointment"
    __table_args__ = (
        whole_range(),
        ForeignKeyConstraint(["engagement_id", "kind"], ["engagement.id", "engagement.kind"]),
        ForeignKeyConstraint(["post", "kind"], ["post.code", "post.kind"]),
        ExcludeConstraint(
            ("engagement_id", "="), ("person_id", "="), ("post", "="), ("during", "&&"), name="ex_appointment_twice"
        ),
        Index("ix_appointment_person", "person_id"),
    )

    id: Mapped[Id]
    engagement_id: Mapped[Big]
    kind: Mapped[str]
    person_id: Mapped[Big] = mapped_column(ForeignKey("person.id"))
    post: Mapped[str]
    during: Mapped[During]
    entered: Mapped[Instant]


class Badge(Base):
    """Which person a number means on a terminal (or on all: terminal null), by device time.

    The province issues 8-digit numbers without leading zero, one a person for life; other numbers belong to a terminal.
    """

    __tablename__ = "badge"
    __table_args__ = (
        whole_range(),
        CheckConstraint("terminal_id is not null or number ~ '^[1-9][0-9]{7}$'", name="province_number"),
        ExcludeConstraint(
            ("number", "="), (text("coalesce(terminal_id, 0)"), "="), ("during", "&&"), name="ex_badge_taken"
        ),
        Index("ix_badge_person", "person_id"),
    )

    id: Mapped[Id]
    number: Mapped[str]
    person_id: Mapped[Big] = mapped_column(ForeignKey("person.id"))
    terminal_id: Mapped[Big | None] = mapped_column(ForeignKey("terminal.id"))
    during: Mapped[During]
