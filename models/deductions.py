"""Deductions: the month's run with the parameters it used, and its lines. A new run replaces, nothing is edited."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, Salt


class MonthRun(Base):
    """A month's deductions as they stood at `as_of` under the parameters with this digest."""

    __tablename__ = "month_run"
    __table_args__ = (
        CheckConstraint("extract(day from month) = 1", name="first_day"),
        Index("ix_month_run_month", "month", "as_of"),
    )

    id: Mapped[Id]
    month: Mapped[date] = mapped_column(Date)
    as_of: Mapped[Instant]
    digest: Mapped[str]
    salt: Mapped[Salt]


class Deduction(Base):
    """扣分: a person in an engagement, a rule, points after the month's cap."""

    __tablename__ = "deduction"
    __table_args__ = (CheckConstraint("points > 0 and windows > 0", name="points"),)

    run_id: Mapped[Big] = mapped_column(ForeignKey("month_run.id"), primary_key=True)
    engagement_id: Mapped[Big] = mapped_column(ForeignKey("engagement.id"), primary_key=True)
    person_id: Mapped[Big] = mapped_column(ForeignKey("person.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    windows: Mapped[int] = mapped_column(Integer)
    points: Mapped[Decimal] = mapped_column(Numeric(6, 1))
    salt: Mapped[Salt]
