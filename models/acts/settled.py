"""Settling closed months: what rankings read, one row an engagement, removed by whatever changes its windows."""

from __future__ import annotations

from datetime import date

from psycopg2.extras import execute_values
from sqlalchemy import text

from models.database import At, cursor, exclusive, transaction
from models.queries import deductions, settled, tallies
from models.rules import parameters
from models.rules.instants import Month, Period
from models.rules.scope import PROCESS, Permission, Scope


def settle(scope: Scope, project: int) -> int:
    """Settle what is not settled of a project's last twelve closed months; returns how many rows."""
    scope.need(Permission.MAKE_PAPERS)
    with transaction() as at:
        exclusive(at.session, project)  # nothing moves its windows meanwhile
        return sum(write(at, month, _unsettled(at, month, project)) for month in settled.closed(at.now))


def _unsettled(at: At, month: date, project: int) -> list[int]:
    keys = {"project": project, "month": month, "law": parameters.law().digest}
    return list(at.session.scalars(_UNSETTLED, keys))


_UNSETTLED = text(
    "select e.id from engagement e where e.project_id = :project and not exists (select from settled_month s "
    "where (s.month, s.engagement_id) = (:month, e.id) and s.law = :law)"
)


def write(at: At, first: date, engagements: list[int]) -> int:
    """Count these engagements' month anew and keep it. Whoever calls sees to it that their windows stand still."""
    if not engagements:
        return 0
    period = Period(Month(first.year, first.month), 1)
    worked = tallies.engagements(at.session, PROCESS, period, at.now, engagements)
    lost = deductions.lost(at.session, PROCESS, period, at.now, engagements)
    rows = [(key, *worked.get(key, NOTHING), *lost.get(key, (0, []))) for key in engagements]
    with cursor(at.session.connection()) as driver:
        driver.execute("delete from settled_month where month = %s and engagement_id = any(%s)", (first, engagements))
        values = [(first, parameters.law().digest, *row) for row in rows]
        execute_values(driver, _INSERT, values, template="(%s, %s, %s, %s, %s, %s, %s, %s, cast(%s as bigint[]))")
    return len(rows)


NOTHING = tallies.Worked(0, 0, 0, 0)
_INSERT = (
    "insert into settled_month (month, law, engagement_id, project_id, windows, people, due, met, points, charged) "
    "select v.month, v.law, e.id, e.project_id, v.windows, v.people, v.due, v.met, v.points, v.charged "
    "from (values %s) as v(month, law, engagement, windows, people, due, met, points, charged) "
    "join engagement e on e.id = v.engagement"
)
