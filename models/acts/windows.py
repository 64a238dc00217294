"""Keeping window facts: intake adds to them, whoever changes post, duty or what counts has them recounted.

Intake holds the project's lock shared and adds; a recount holds it exclusively and derives everything from punches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from psycopg2.extras import execute_values
from sqlalchemy import text

from models.acts import situations, tallies
from models.base import AnyRow
from models.database import At, cursor, exclusive, transaction
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


_HITS = text(
    "select distinct e.id as engagement_id, p.person_id, e.project_id, p.at, p.reading_id "
    "from unnest(cast(:people as bigint[]), cast(:ats as timestamptz[]), cast(:readings as bigint[]), "
    "            cast(:terminals as bigint[])) as p(person_id, at, reading_id, terminal_id) "
    "join appointment a on a.person_id = p.person_id and a.during @> p.at "
    "join engagement e on e.id = a.engagement_id "
    "join service s on s.terminal_id = p.terminal_id and s.project_id = e.project_id and s.during @> p.at "
    "join project j on j.id = e.project_id and p.at >= j.supervised_from "
    "and p.at < least(j.handed_over, j.completed, 'infinity')"
)
_LOCK_ROWS = text(
    "select w.engagement_id, w.person_id, w.k, h.at "
    "from unnest(cast(:engagements as bigint[]), cast(:people as bigint[]), cast(:ats as timestamptz[])) "
    "as h(engagement_id, person_id, at) join attendance_window w "
    "on (w.engagement_id, w.person_id) = (h.engagement_id, h.person_id) and h.at >= w.starts and h.at < w.ends "
    "order by w.engagement_id, w.person_id, w.k for update of w"
)
_ADD = (
    "update attendance_window w set punches = w.punches + d.n, first = least(w.first, d.low), "
    "last = greatest(w.last, d.high) "
    "from (values %s) as d(engagement_id, person_id, k, n, low, high) "
    "where (w.engagement_id, w.person_id, w.k) = (d.engagement_id, d.person_id, d.k) "
    "returning w.engagement_id, w.person_id, w.k, w.project_id, w.punches = d.n, w.duty_ms"
)


def add(at: At, punches: Sequence[AnyRow]) -> int:
    """Add counting punches to the windows they fall in; returns how many moved one. Missing when there is no window."""
    if not punches:
        return 0
    hits = at.session.execute(
        _HITS,
        {
            "people": [p.person_id for p in punches],
            "ats": [p.at for p in punches],
            "readings": [p.reading_id for p in punches],
            "terminals": [p.terminal_id for p in punches],
        },
    ).all()
    if not hits:
        return 0
    locked = at.session.execute(
        _LOCK_ROWS,
        {
            "engagements": [h.engagement_id for h in hits],
            "people": [h.person_id for h in hits],
            "ats": [h.at for h in hits],
        },
    ).all()
    if len(locked) < len(hits):
        raise Missing((h.project_id for h in hits), max(h.at for h in hits))
    turned = _write(at, locked)
    touch(at, {h.project_id for h in hits})
    tallies.turn(at, turned)
    return len({(h.person_id, h.at, h.reading_id) for h in hits})


def _write(at: At, locked: Sequence[AnyRow]) -> list[tallies.Turned]:
    """Move the facts; returns the windows that asked for a punch and had none before."""
    number: Counter[tuple[int, int, int]] = Counter()
    low: dict[tuple[int, int, int], datetime] = {}
    high: dict[tuple[int, int, int], datetime] = {}
    for row in locked:
        key = (row.engagement_id, row.person_id, row.k)
        number[key] += 1
        low[key] = min(low.get(key, row.at), row.at)
        high[key] = max(high.get(key, row.at), row.at)
    rows = [(*key, count, low[key], high[key]) for key, count in sorted(number.items())]
    with cursor(at.session.connection()) as driver:
        moved = execute_values(driver, _ADD, rows, page_size=len(rows), fetch=True)
    return [tallies.Turned(*key) for *key, first, duty_ms in moved if first and duty_ms >= LEAST_MS]


def touch(at: At, projects: Iterable[int]) -> None:
    """Move the projects' counters, locked in ascending order."""
    at.session.execute(_TOUCH, {"projects": sorted(set(projects))})


_TOUCH = text(
    "with locked as materialized (select project_id from pulse where project_id = any(:projects) "
    "  order by project_id for update) "
    "update pulse p set version = p.version + 1 from locked l where p.project_id = l.project_id"
)


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
