"""What the installation knows of itself: its mark, and that its worker is alive."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, one_of

MARKS = ("demonstration", "scratch")


class Mark(Base):
    """A database that may hold a made past says so, from its creation on and on every page and paper."""

    __tablename__ = "mark"
    __table_args__ = (one_of("kind", MARKS),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    made: Mapped[Instant]


class Beat(Base):
    """The last sign of life of a background process."""

    __tablename__ = "beat"

    process: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Instant]
