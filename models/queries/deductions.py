"""The month's runs: which are due, and the lines of the newest."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.deductions import Deduction, MonthRun
from models.places import Project
from models.rules.instants import Month
from models.rules.scope import Permission, Scope


def due(session: Session, scope: Scope, now: datetime) -> list[Month]:
    """The month before the present one, when it has no run yet and there was something to supervise in it."""
    scope.need(Permission.MAKE_PAPERS)
    present = Month.of(now)
    last = Month(present.year - (present.number == 1), (present.number - 2) % 12 + 1)
    done = session.scalar(select(MonthRun.id).where(MonthRun.month == date(last.year, last.number, 1)).limit(1))
    begun = session.scalar(select(Project.id).where(Project.supervised_from < last.end).limit(1))
    return [] if done or not begun else [last]


def lines(session: Session, scope: Scope, month: Month) -> list[Deduction]:
    """The lines of a month's newest run, for the whole province."""
    scope.need(Permission.MAKE_PAPERS)
    run = session.scalar(
        select(MonthRun.id)
        .where(MonthRun.month == date(month.year, month.number, 1))
        .order_by(MonthRun.id.desc())
        .limit(1)
    )
    return list(session.scalars(select(Deduction).where(Deduction.run_id == run))) if run and scope.whole else []
