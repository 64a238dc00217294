"""What a period says of each engagement: settled months where they are settled, else counted from window facts now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select, text, true
from sqlalchemy.orm import Session

from models.base import AnySelect
from models.places import Project
from models.queries import deductions, tallies, territory
from models.rules import parameters
from models.rules.instants import Month, Period
from models.rules.scope import Permission, Scope
from models.tallies import SettledMonth as S
from models.units import Engagement


class Figures(NamedTuple):
    """An engagement's period: windows as tallies count them, points lost after the months' caps, by how many people."""

    windows: int
    people: int
    due: int
    met: int
    points: Decimal
    charged: int


def engagements(session: Session, scope: Scope, period: Period, as_of: datetime) -> dict[int, Figures]:
    """Engagements of the territory that had windows in a period."""
    if as_of < period.end:
        return counted(session, scope, period, as_of)
    rows = session.connection().execute(_settled(scope, period.months), _keys(period)).all()
    found = {engagement: Figures(*figures) for engagement, *figures in rows if figures[0]}
    missing = [engagement for engagement, windows, *_ in rows if windows is None]
    return found | counted(session, scope, period, as_of, missing) if missing else found


def _keys(period: Period) -> dict[str, Any]:
    first, last = (date(month.year, month.number, 1) for month in (period.all()[0], period.all()[-1]))
    return {"first_": first, "last_": last, "law_": parameters.law().digest}


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _settled(scope: Scope, months: int) -> AnySelect:
    """Every engagement of the territory; its figures, or nulls where a month of them is not settled."""
    chosen = (S.month.between(bindparam("first_"), bindparam("last_")), S.law == bindparam("law_"))
    last = S.month == bindparam("last_")
    sums = (
        select(
            *(S.engagement_id, func.sum(S.windows).label("windows"), func.sum(S.people).filter(last).label("people")),
            *(func.sum(column).label(column.name) for column in (S.due, S.met, S.points)),
            func.sum(func.cardinality(S.charged)).label("charged"),
        )
        .where(*chosen)
        .group_by(S.engagement_id)
        .having(func.count() == months)
        .subquery()
    )
    charged: ColumnElement[int] = sums.c.charged
    query = select(Engagement.id, sums.c.windows, sums.c.people, sums.c.due, sums.c.met, sums.c.points)
    query = query.outerjoin(sums, sums.c.engagement_id == Engagement.id)
    if months > 1:  # who lost points in two months is one person
        each = func.unnest(S.charged).column_valued("each")
        who = select(S.engagement_id, func.count(each.distinct()).label("charged")).where(*chosen)
        persons = who.select_from(S).join(each, true()).group_by(S.engagement_id).subquery()
        query = query.outerjoin(persons, persons.c.engagement_id == Engagement.id)
        charged = func.coalesce(persons.c.charged, 0)
    query = query.add_columns(charged)
    if scope.whole:
        return query
    return query.join(Project, Project.id == Engagement.project_id).where(territory.engagements(scope))


def counted(
    session: Session, scope: Scope, period: Period, as_of: datetime, only: Sequence[int] | None = None
) -> dict[int, Figures]:
    """The same, counted from tallies and window facts, of every engagement or of some."""
    worked = tallies.engagements(session, scope, period, as_of, only)
    lost = deductions.lost(session, scope, period, as_of, only)
    none = deductions.Lost(Decimal(0), [])
    return {
        key: Figures(*work, (found := lost.get(key, none)).points, len(found.people)) for key, work in worked.items()
    }


def due(session: Session, scope: Scope, now: datetime) -> list[int]:
    """Projects with a closed month of the last twelve that is not settled for all engagements."""
    scope.need(Permission.MAKE_PAPERS)
    return list(session.scalars(_DUE, {"months": closed(now), "law": parameters.law().digest}))


_DUE = text(
    "select distinct e.project_id from engagement e cross join unnest(cast(:months as date[])) as m(month) "
    "where not exists (select from settled_month s "
    "  where (s.month, s.engagement_id) = (m.month, e.id) and s.law = :law) order by 1"
)


def closed(now: datetime) -> list[date]:
    """First days of the twelve months before the present one, oldest first."""
    present = Month.of(now)
    numbers = (present.year * 12 + present.number - 1 - back for back in range(deductions.MEMORY, 0, -1))
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
