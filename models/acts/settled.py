"""Settling closed months: what rankings read, one row an engagement, removed by whatever changes its windows.

A recount removes all of a project's rows, of months that it leaves as they were too: those of the last twelve are made
anew a minute later, older months are counted whenever they are asked for.
"""

from __future__ import annotations

import logging

from psycopg2.extras import execute_values
from sqlalchemy import text

from models.database import At, cursor, exclusive, reading, transaction
from models.queries import deductions, settled, tallies
from models.rules import parameters
from models.rules.instants import Month, Period
from models.rules.scope import PROCESS, Permission, Scope

log = logging.getLogger(__name__)


def settle(scope: Scope, project: int) -> int:
    """Settle what is not settled of a project's last twelve closed months, newest first; returns how many rows.

    A month a transaction: punches of the project wait for no more. A month that cannot be valued is told and left out.
    """
    scope.need(Permission.MAKE_PAPERS)
    with reading() as (_, now):
        months = settled.closed(now)
    return sum(_settle(project, month) for month in reversed(months))


def _settle(project: int, month: Month) -> int:
    try:
        with transaction() as at:
            exclusive(at.session, project)  # nothing moves its windows meanwhile
            return write(at, month, _unsettled(at, month, project))
    except parameters.Missing as missing:
        log.warning("%s of project %d is not settled: %s", month, project, missing)
        return 0


def _unsettled(at: At, month: Month, project: int) -> list[int]:
    keys = {"project": project, "until": month.end, "law": parameters.law().digest}
    return list(at.session.scalars(_UNSETTLED, keys))


_UNSETTLED = text(
    "select e.id from engagement e where e.project_id = :project and not exists (select from settled_month s "
    "where (s.engagement_id, s.until) = (e.id, :until) and s.law = :law)"
)


def write(at: At, month: Month, engagements: list[int]) -> int:
    """Count these engagements' month and keep it. Whoever calls sees to it that their windows stand still."""
    if not engagements:
        return 0
    period, law = Period(month, 1), parameters.law().digest
    worked = tallies.engagements(at.session, PROCESS, period, at.now, engagements)
    lost = deductions.lost(at.session, PROCESS, period, at.now, engagements)
    rows = [(key, *worked.get(key, NONE), *lost.get(key, (0, [])), month.start, month.end, law) for key in engagements]
    with cursor(at.session.connection()) as driver:
        driver.execute(_DELETE, (month.end, engagements))
        execute_values(driver, _INSERT, rows, template="(%s, %s, %s, %s, %s, %s, cast(%s as bigint[]), %s, %s, %s)")
    return len(rows)


NONE = tallies.Worked(0, 0, 0, 0)
_DELETE = "delete from settled_month where until = %s and engagement_id = any(%s)"
_INSERT = (
    "insert into settled_month "
    "(engagement_id, project_id, windows, people, due, met, points, charged, since, until, law) "
    "select e.id, e.project_id, v.windows, v.people, v.due, v.met, v.points, v.charged, v.since, v.until, v.law "
    "from (values %s) as v(engagement, windows, people, due, met, points, charged, since, until, law) "
    "join engagement e on e.id = v.engagement"
)
