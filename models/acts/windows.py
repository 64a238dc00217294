"""Keeping window facts: intake adds to them, whoever changes post, duty or what counts has them recounted.

Intake holds the project's lock shared and adds; a recount holds it exclusively and derives everything from punches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg2.extras import execute_values
from sqlalchemy import text

from models.acts import situations, tallies
from models.database import At, cursor, exclusive, transaction
from models.prepared import Prepared, run
from models.rules import parameters
from models.rules.instants import day_of
from models.rules.scope import Permission, Scope
from models.rules.windows import LEAST_MS, Facts, facts

AHEAD = 4  # windows that exist beyond the present one, so that punches of the coming days find theirs
STANDSTILL = timedelta(days=92)  # how long the worker may have stood still without a window being lost

Pair = tuple[int, int]  # (engagement, person)


class Missing(RuntimeError):
    """Windows that punches belong to do not exist yet: extend these projects up to `reach` and try again."""

    def __init__(self, projects: Iterable[int], reach: datetime) -> None:
        self.projects, self.reach = sorted(set(projects)), reach
        super().__init__(f"windows of projects {self.projects} must be extended")


class Hit(NamedTuple):
    """A counting punch and an engagement in which it counts."""

    person: int
    at: datetime
    reading: int
    engagement: int
    project: int


def add(at: At, hits: Sequence[Hit]) -> None:
    """Add punches to the windows they fall in. Missing when there is no window for one of them."""
    if not hits:
        return
    given = ([h.engagement for h in hits], [h.person for h in hits], [h.at for h in hits])
    moved = run(at.session, (_ADD, *given))
    if sum(row[-1] for row in moved) < len(hits):
        raise Missing((h.project for h in hits), max(h.at for h in hits))
    turned = [tallies.Turned(*key) for *key, first, duty_ms, _ in moved if first and duty_ms >= LEAST_MS]
    touched = (_TOUCH, sorted({h.project for h in hits}))
    run(at.session, touched, *([tallies.turned(turned)] if turned else []))


# Rows are locked in the order of their key, so that two writers never wait for each other crosswise.
_ADD = Prepared(
    "add_to_windows",
    ("bigint[]", "bigint[]", "timestamptz[]"),
    "with locked as materialized (select w.engagement_id, w.person_id, w.k, h.at "
    "  from unnest($1, $2, $3) as h(engagement_id, person_id, at) join attendance_window w "
    "  on (w.engagement_id, w.person_id) = (h.engagement_id, h.person_id) and h.at >= w.starts and h.at < w.ends "
    "  order by w.engagement_id, w.person_id, w.k for update of w), "
    "d as (select engagement_id, person_id, k, count(*) as n, min(at) as low, max(at) as high "
    "  from locked group by engagement_id, person_id, k) "
    "update attendance_window w set punches = w.punches + d.n, first = least(w.first, d.low), "
    "last = greatest(w.last, d.high) from d "
    "where (w.engagement_id, w.person_id, w.k) = (d.engagement_id, d.person_id, d.k) "
    "returning w.engagement_id, w.person_id, w.k, w.project_id, w.punches = d.n, w.duty_ms, d.n",
)
_TOUCH = Prepared(
    "touch_pulses",
    ("bigint[]",),
    "with locked as materialized (select project_id from pulse where project_id = any($1) "
    "  order by project_id for update) "
    "update pulse p set version = p.version + 1 from locked l where p.project_id = l.project_id",
)


def touch(at: At, projects: Iterable[int]) -> None:
    """Move the projects' counters, locked in ascending order."""
    run(at.session, (_TOUCH, sorted(set(projects))))


def recount(at: At, project: int, pairs: Sequence[Pair] | None = None, reach: datetime | None = None) -> int:
    """Derive the facts of these (engagement, person) pairs, or of everyone in the project, from punches and duty.

    Windows are made up to AHEAD beyond the present, to `reach`, and as far as the project has any: never shorter than
    before. The caller holds the project's lock exclusively. Returns the number of windows written.
    """
    length = parameters.law().window_length(day_of(at.now))
    made = at.session.scalar(text("select max(ends) from attendance_window where project_id = :p"), {"p": project})
    until = max(at.now + (AHEAD + 1) * length, made or at.now, reach + length if reach else at.now)
    rows = [
        (engagement, person, project, found)
        for (engagement, person), situation in situations.load(at.session, project, pairs).items()
        for found in facts(situation, length, until)
    ]
    if made is None and not rows:  # nobody has come yet: nothing was derived, and nothing is to be
        return 0
    _replace(at, project, pairs, rows)
    tallies.derive(at, project, None if pairs is None else [engagement for engagement, _ in pairs])
    touch(at, [project])
    return len(rows)


def _replace(at: At, project: int, pairs: Sequence[Pair] | None, rows: Sequence[tuple[int, int, int, Facts]]) -> None:
    only = None if pairs is None else {"e": [e for e, _ in pairs], "p": [p for _, p in pairs]}
    at.session.execute(_DELETE if only is None else _DELETE_PAIRS, {"project": project, **(only or {})})
    values = [
        (e, p, f.k, j, f.starts, f.ends, f.punches, f.first, f.last, f.post_ms, f.duty_ms, f.halt_ms, f.tier)
        for e, p, j, f in rows
    ]
    if values:
        with cursor(at.session.connection()) as driver:
            execute_values(driver, _INSERT, values, page_size=1000)


_DELETE = text("delete from attendance_window where project_id = :project")
_DELETE_PAIRS = text(
    "delete from attendance_window where project_id = :project and (engagement_id, person_id) in "
    "(select * from unnest(cast(:e as bigint[]), cast(:p as bigint[])))"
)
_INSERT = (
    "insert into attendance_window (engagement_id, person_id, k, project_id, starts, ends, punches, first, last, "
    "post_ms, duty_ms, halt_ms, tier) values %s"
)


def extend(scope: Scope, project: int, reach: datetime | None = None) -> int:
    """Make a project's windows up to AHEAD beyond the present one, or to `reach`."""
    scope.need(Permission.KEEP_REGISTER)
    with transaction() as at:
        exclusive(at.session, project)
        return recount(at, project, reach=reach)


def due(at: At) -> list[int]:
    """Projects where someone's windows end before the post does, or before two windows from now.

    Posts that ended lately count too: whoever left while no worker ran still has windows to be judged.
    """
    length: timedelta = parameters.law().window_length(day_of(at.now))
    query = text(
        "select distinct e.project_id from appointment a join engagement e on e.id = a.engagement_id "
        "join project j on j.id = e.project_id "
        "cross join lateral (select greatest(lower(a.during), j.supervised_from) as begins, "
        "  least(upper(a.during), j.handed_over, j.completed, cast(:soon as timestamptz)) as needed) t "
        "where a.during && tstzrange(cast(:since as timestamptz), cast(:soon as timestamptz)) and t.begins < t.needed "
        "and not exists (select from attendance_window w "
        " where (w.engagement_id, w.person_id) = (a.engagement_id, a.person_id) and w.ends >= t.needed) order by 1"
    )
    return list(at.session.scalars(query, {"soon": at.now + 2 * length, "since": at.now - STANDSTILL}))
