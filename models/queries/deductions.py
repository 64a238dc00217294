"""The month's runs: which are due, and the lines of the newest."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.deductions import Deduction, MonthRun
from models.places import Project
from models.rules.instants import Month
from models.rules.scope import Permission, Scope

MEMORY = 12  # months back that are still drafted when no worker ran


def due(session: Session, scope: Scope, now: datetime) -> list[Month]:
    """Closed months of the last twelve that have no run and in which something was supervised, oldest first."""
    scope.need(Permission.MAKE_PAPERS)
    begun = session.scalar(select(func.min(Project.supervised_from)))
    done = set(session.scalars(select(MonthRun.month)))
    present = Month.of(now)
    numbers = (present.year * 12 + present.number - 1 - back for back in range(MEMORY, 0, -1))
    months = (Month(number // 12, number % 12 + 1) for number in numbers)
    return [m for m in months if begun is not None and begun < m.end and date(m.year, m.number, 1) not in done]


def newest(session: Session, scope: Scope, month: Month) -> int | None:
    """A month's newest run, None before the first."""
    scope.need(Permission.MAKE_PAPERS)
    runs = select(MonthRun.id).where(MonthRun.month == date(month.year, month.number, 1))
    return session.scalar(runs.order_by(MonthRun.id.desc()).limit(1))


def lines(session: Session, scope: Scope, month: Month) -> list[Deduction]:
    """The lines of a month's newest run, for the whole province."""
    run = newest(session, scope, month)
    return list(session.scalars(select(Deduction).where(Deduction.run_id == run))) if run and scope.whole else []
