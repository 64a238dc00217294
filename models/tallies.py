"""Tallies: how many windows were due and met, an engagement or a project and window. Derived, kept with the facts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Instant

SANE = "met between 0 and due and due between 0 and people"
COUNTS = ["people", "due", "met"]


class EngagementTally(Base):
    """One window of an engagement: people with post time, windows that ask for a punch, those that have one."""

    __tablename__ = "engagement_tally"
    __table_args__ = (
        CheckConstraint(SANE, name="counts"),
        Index("ix_engagement_tally_ends", "ends", postgresql_include=["engagement_id", *COUNTS]),
        {"postgresql_with": {"fillfactor": 80}},
    )

    engagement_id: Mapped[Big] = mapped_column(ForeignKey("engagement.id"), primary_key=True)
    k: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"), index=True)
    ends: Mapped[Instant]
    people: Mapped[int] = mapped_column(Integer)
    due: Mapped[int] = mapped_column(Integer)
    met: Mapped[int] = mapped_column(Integer)


class ProjectTally(Base):
    """One window of a project: the sum of its engagements' tallies."""

    __tablename__ = "project_tally"
    __table_args__ = (
        CheckConstraint(SANE, name="counts"),
        Index("ix_project_tally_ends", "ends", postgresql_include=["project_id", *COUNTS]),
        {"postgresql_with": {"fillfactor": 80}},
    )

    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"), primary_key=True)
    k: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ends: Mapped[Instant]
    people: Mapped[int] = mapped_column(Integer)
    due: Mapped[int] = mapped_column(Integer)
    met: Mapped[int] = mapped_column(Integer)
