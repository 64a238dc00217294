"""Tallies: how many windows were due and met, an engagement or project and window, and an engagement and closed month.

All are derived and kept with the window facts.
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Instant

SANE = "met between 0 and due and due between 0 and people"
SANE_MONTH = "met between 0 and due and people >= 0 and windows >= 0 and points >= 0"
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


class SettledMonth(Base):
    """A closed month of an engagement. What changes its windows removes the row; the worker settles the month anew."""

    __tablename__ = "settled_month"
    __table_args__ = (
        CheckConstraint("since < until", name="span"),
        CheckConstraint(SANE_MONTH, name="counts"),
        {"postgresql_with": {"fillfactor": 90}},
    )

    engagement_id: Mapped[Big] = mapped_column(ForeignKey("engagement.id"), primary_key=True)
    until: Mapped[Instant] = mapped_column(primary_key=True, index=True)  # windows that end in (since, until]
    since: Mapped[Instant]
    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"), index=True)
    windows: Mapped[int] = mapped_column(Integer)  # of the grid in which someone held a post; 0: nothing to show
    people: Mapped[int] = mapped_column(Integer)  # on post in the month's last window
    due: Mapped[int] = mapped_column(Integer)
    met: Mapped[int] = mapped_column(Integer)
    points: Mapped[Decimal] = mapped_column(Numeric)  # lost, after caps
    charged: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))  # who lost points
    law: Mapped[str]  # digest of the parameters that the points come from
