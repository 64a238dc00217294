"""What a period says of each unit's work: settled months where they are settled, else counted from window facts now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, null, select, text, true
from sqlalchemy.orm import Session

from models.base import AnySelect
from models.places import Project
from models.queries import deductions, tallies, territory
from models.rules import parameters
from models.rules.instants import Month, Period, day_of
from models.rules.scope import Permission, Scope
from models.tallies import SettledMonth as S
from models.units import Engagement, Unit

NOTHING = Decimal(0)


class Figures(NamedTuple):
    """An engagement's period: windows as tallies count them, points lost after the months' caps, by how many people."""

    windows: int
    people: int
    due: int
    met: int
    points: Decimal
    charged: int


class Work(NamedTuple):
    """What a unit does in a project, and what a period says of it."""

    engagement: int
    unit: int
    kind: str
    name: str
    contract_sum: Decimal
    project: int
    project_name: str
    area: str
    windows: int
    people: int
    due: int
    met: int
    points: Decimal
    charged: int


KNOWN = len(Work._fields) - len(Figures._fields)  # columns that are there whether settled or not


def works(session: Session, scope: Scope, period: Period, as_of: datetime) -> list[Work]:
    """Engagements of the territory but owners' that had windows in a period."""
    over = as_of >= period.end
    statement = _works(scope, period.months if over else None)
    rows = session.connection().execute(statement, _keys(period) if over else {}).all()
    missing = [row[0] for row in rows if row[KNOWN] is None]
    fresh = counted(session, scope, period, as_of, missing if over else None) if missing else {}
    none = Figures(0, 0, 0, 0, NOTHING, 0)
    found = (Work._make((*row[:KNOWN], *fresh.get(row[0], none)) if row[KNOWN] is None else row) for row in rows)
    return [work for work in found if work.windows]


def _keys(period: Period) -> dict[str, Any]:
    return {"first": period.first.end, "last": period.end, "law": parameters.law().digest}


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _works(scope: Scope, months: int | None) -> AnySelect:
    """Every engagement with its figures, or nulls where a month of them is not settled."""
    query = (
        select(
            *(Engagement.id, Engagement.unit_id, Engagement.kind, Unit.name, Engagement.contract_sum),
            *(Project.id, Project.name, Project.area),
        )
        .join(Unit, Unit.id == Engagement.unit_id)
        .join(Project, Project.id == Engagement.project_id)
        .where(territory.engagements(scope), Engagement.kind != "owner")
    )
    if months is None:
        return query.add_columns(*(null().label(name) for name in Figures._fields))
    if months > 1:
        return _several(query, months)
    settled = (S.engagement_id == Engagement.id) & (S.until == bindparam("last")) & (S.law == bindparam("law"))
    columns = (S.windows, S.people, S.due, S.met, S.points, func.cardinality(S.charged))
    return query.outerjoin(S, settled).add_columns(*columns)


def _several(query: AnySelect, months: int) -> AnySelect:
    """With the sums of several months; who lost points in two of them is one person."""
    chosen = (S.until.between(bindparam("first"), bindparam("last")), S.law == bindparam("law"))
    people = func.sum(S.people).filter(S.until == bindparam("last")).label("people")
    totals = (func.sum(column).label(column.name) for column in (S.windows, S.due, S.met, S.points))
    sums = select(S.engagement_id, people, *totals).where(*chosen).group_by(S.engagement_id)
    sum_ = sums.having(func.count() == months).subquery().c
    each = func.unnest(S.charged).table_valued("person").render_derived(name="each")
    who = select(S.engagement_id, func.count(each.c.person.distinct()).label("charged")).where(*chosen)
    person = who.join(each, true()).group_by(S.engagement_id).subquery().c
    query = query.outerjoin(sum_.engagement_id.table, sum_.engagement_id == Engagement.id)
    query = query.outerjoin(person.engagement_id.table, person.engagement_id == Engagement.id)
    charged = func.coalesce(person.charged, 0)
    return query.add_columns(sum_.windows, sum_.people, sum_.due, sum_.met, sum_.points, charged)


def counted(
    session: Session, scope: Scope, period: Period, as_of: datetime, only: Sequence[int] | None = None
) -> dict[int, Figures]:
    """Figures by engagement, counted from tallies and window facts, of every engagement or of some."""
    worked = tallies.engagements(session, scope, period, as_of, only)
    lost = deductions.lost(session, scope, period, as_of, only)
    none = deductions.Lost(NOTHING, [])
    return {
        key: Figures(*work, (found := lost.get(key, none)).points, len(found.people)) for key, work in worked.items()
    }


def due(session: Session, scope: Scope, now: datetime, limit: int = 50) -> list[int]:
    """Projects with a closed month of the last twelve that is not settled for all engagements; the first so many."""
    scope.need(Permission.MAKE_PAPERS)
    ends = [month.end for month in closed(now)]
    return list(session.scalars(_DUE, {"ends": ends, "law": parameters.law().digest, "limit": limit}))


_DUE = text(
    "select distinct e.project_id from engagement e cross join unnest(cast(:ends as timestamptz[])) as m(until) "
    "where not exists (select from settled_month s "
    "  where (s.engagement_id, s.until) = (e.id, m.until) and s.law = :law) order by 1 limit :limit"
)


def closed(now: datetime) -> list[Month]:
    """The twelve months before the present one, oldest first, as far back as missed windows have a price."""
    return [month for month in Period(Month.of(now), deductions.MEMORY).previous().all() if _priced(month)]


def _priced(month: Month) -> bool:
    try:
        return bool(parameters.law().absences(day_of(month.start)))
    except parameters.Missing:
        return False
