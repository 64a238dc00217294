"""Intake: what terminals sent becomes readings, readings of known people become punches, punches move window facts.

One group of arrivals is one transaction. Nothing is acknowledged before its commit. Identity of a reading is its
content, so a re-push adds nothing; held readings are released when a terminal is admitted or a number is mapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.acts import loss, windows
from models.acts.arrivals import insert_readings, insert_refusals, insert_requests, lock, terminal_ids
from models.database import REGISTERS, At, exclusive, shared, transaction
from models.prepared import Prepared, run
from models.rules import parameters
from models.rules.instants import day_of, day_start
from models.rules.readings import Arrival, Method, Refusal
from models.rules.scope import PROCESS, Permission, Scope


class Stored(NamedTuple):
    """A reading that is in the table."""

    id: int
    at: datetime
    terminal: int
    number: str
    method: int
    received: datetime


class Outcome(NamedTuple):
    """What a group came to: terminals by arrival, new readings, punches, punches that moved a window."""

    terminals: tuple[int, ...]
    readings: int
    punches: int
    counted: int


ATTEMPTS = 3


def counts(reading: Stored) -> bool:
    """Does a punch count by its method (dated parameter)?"""
    return reading.method in _methods(day_of(reading.at))


def plausible(at: datetime, received: datetime) -> bool:
    """Device time within [2018-01-01, received + 10 min] (dated parameters); others are kept and never count."""
    earliest, ahead = _plausible(day_of(received))
    return earliest <= at <= received + ahead


# Asked of each reading, several times; the law does not change while a process lives.
@lru_cache(maxsize=1000)
def _methods(day: date) -> frozenset[Method]:
    return frozenset(parameters.law().methods(day))


@lru_cache(maxsize=1000)
def _plausible(day: date) -> tuple[datetime, timedelta]:
    law = parameters.law()
    earliest: date = law.value("earliest_day", date.max)
    return day_start(earliest), timedelta(minutes=law.value("clock_ahead_minutes", max(day, earliest)))


def intake(scope: Scope, arrivals: Sequence[Arrival]) -> Outcome:
    """Record arrivals for good; when this returns they are committed."""
    scope.need(Permission.KEEP_TERMINALS)
    _ensure_months(arrivals)
    for _ in range(ATTEMPTS):
        try:
            return _record(arrivals)
        except windows.Missing as missing:  # rare: the worker makes windows ahead of time
            for project in missing.projects:
                windows.extend(PROCESS, project, missing.reach)
    return _record(arrivals)


def _record(arrivals: Sequence[Arrival]) -> Outcome:
    with transaction() as at:
        terminals = lock(at, [a.key for a in arrivals])
        requests = insert_requests(at, arrivals, terminals)
        insert_refusals(at, arrivals, terminals, requests)
        rows = insert_readings(at, arrivals, terminals, requests)
        new = [Stored(*row) for row in rows]
        punches, counted = attribute(at, new)
        if any(a.events or a.numbered or a.results for a in arrivals):  # a punch alone costs nothing more
            loss.note(at, arrivals, terminals, requests)
        return Outcome(tuple(terminals), len(new), punches, counted)


def quarantine(scope: Scope, arrival: Arrival, error: str) -> None:
    """Keep an arrival that cannot be recorded, with the error: its request, a refusal a reading. It is acknowledged."""
    scope.need(Permission.KEEP_TERMINALS)
    _ensure_months([arrival])
    with transaction() as at:
        shared(at.session, REGISTERS)
        terminals = terminal_ids(at, [arrival.key])
        requests = insert_requests(at, [arrival], terminals)
        lines = tuple(Refusal(r.line, f"{r.number}\t{r.device_time}", error) for r in arrival.readings)
        kept = Arrival(**{name: getattr(arrival, name) for name in arrival.__slots__} | {"refusals": lines})
        insert_refusals(at, [kept], terminals, requests)


def served(session: Session, terminals: Sequence[int]) -> list[int]:
    """Projects that terminals serve at any time, ascending: what to lock before recording their punches."""
    query = text("select distinct project_id from service where terminal_id = any(:terminals) order by 1")
    return list(session.scalars(query, {"terminals": list(terminals)}))


def release(at: At, terminals: Sequence[int], number: str | None = None) -> int:
    """Turn held readings of these terminals (and of one number) into punches; returns how many.

    The caller holds the register lock and the projects' locks exclusively.
    """
    query = text(
        "select r.id, r.at, r.terminal_id, r.number, r.method, r.received from reading r "
        "where r.terminal_id = any(:terminals) and (cast(:number as text) is null or r.number = :number) "
        "and not exists (select from punch p where p.at = r.at and p.reading_id = r.id) order by r.at, r.id"
    )
    rows = at.session.execute(query, {"terminals": list(terminals), "number": number})
    held = [stored for row in rows if plausible((stored := Stored(*row)).at, stored.received)]
    for month in sorted({(reading.at.year, reading.at.month) for reading in held}):
        instant = datetime(*month, 1, tzinfo=UTC)  # a punch is never put into the default partition
        at.session.execute(text("select ensure_month('punch', :instant)"), {"instant": instant})
    made, hits = _punch(at, held)
    try:
        windows.add(at, hits)
    except windows.Missing as missing:  # what is derived anew has these punches in it
        for project in served(at.session, terminals):
            windows.recount(at, project, reach=missing.reach)
    return made


def attribute(at: At, readings: Sequence[Stored]) -> tuple[int, int]:
    """Make punches of readings and move window facts; returns (punches made, punches that moved a window)."""
    made, hits = _punch(at, readings)
    windows.add(at, hits)
    return made, len({hit.reading for hit in hits})


def _punch(at: At, readings: Sequence[Stored]) -> tuple[int, list[windows.Hit]]:
    """Make punches of plausible readings of admitted terminals whose number is mapped; how many, and where they count.

    What arrived since a terminal was disabled is held until it is enabled. Implausible ones stay held: windows up to a
    mad clock's year would be made for everyone.
    """
    readings = [r for r in readings if plausible(r.at, r.received)]
    if not readings:
        return 0, []
    rows = run(
        at.session,
        (
            _PUNCHES,
            *([r.id for r in readings], [r.at for r in readings], [r.terminal for r in readings]),
            *([r.number for r in readings], [r.method for r in readings], [counts(r) for r in readings]),
            *([r.received for r in readings], at.now),
        ),
    )
    return len({row[2] for row in rows}), [windows.Hit(*row) for row in rows if row[3] is not None]


# A punch counts in every engagement that its person holds a post in, of a project that the terminal serves, then.
_PUNCHES = Prepared(
    "insert_punches",
    (
        *("bigint[]", "timestamptz[]", "bigint[]", "text[]", "smallint[]", "boolean[]"),
        *("timestamptz[]", "timestamptz"),
    ),
    "with given as (select * from unnest($1, $2, $3, $4, $5, $6, $7) "
    "  as r(id, at, terminal_id, number, method, counts, received)), "
    "made as ("
    "  insert into punch (person_id, at, reading_id, terminal_id, method, recorded) "
    "  select distinct on (r.at, r.id) b.person_id, r.at, r.id, r.terminal_id, r.method, $8 from given r "
    "  join terminal t on t.id = r.terminal_id and t.admitted is not null "
    "    and (t.disabled is null or r.received < t.disabled) "
    "  join badge b on b.number = r.number and b.during @> r.at "
    "    and (b.terminal_id = r.terminal_id or b.terminal_id is null) "
    "  order by r.at, r.id, b.terminal_id nulls last "
    "  returning person_id, at, reading_id, terminal_id) "
    "select distinct m.person_id, m.at, m.reading_id, e.id, e.project_id "
    "from made m join given g on g.id = m.reading_id "
    "left join (appointment a join engagement e on e.id = a.engagement_id join project j on j.id = e.project_id "
    "           join service s on s.project_id = e.project_id) "
    "on g.counts and a.person_id = m.person_id and a.during @> m.at "
    "and s.terminal_id = m.terminal_id and s.during @> m.at "
    "and m.at >= j.supervised_from and m.at < least(j.handed_over, j.completed, 'infinity')",
)


_months: set[tuple[str, int, int]] = set()


def _ensure_months(arrivals: Iterable[Arrival]) -> None:
    """Make missing month partitions, in a transaction of their own: attaching one locks what intake must not hold."""
    wanted: dict[tuple[str, int, int], datetime] = {}
    for arrival in arrivals:
        wanted["request", arrival.received.year, arrival.received.month] = arrival.received
        for reading in arrival.readings:
            if plausible(reading.at, arrival.received):
                wanted["reading", reading.at.year, reading.at.month] = reading.at
    missing = {key: instant for key, instant in wanted.items() if key not in _months}
    if not missing:
        return
    with transaction() as at:
        exclusive(at.session, REGISTERS)  # attaching locks the tables it refers to: no intake may hold them half way
        for (table, _, _), instant in sorted(missing.items()):
            for name in ("reading", "punch") if table == "reading" else (table,):
                at.session.execute(text("select ensure_month(:name, :instant)"), {"name": name, "instant": instant})
    _months.update(missing)


def forget_months() -> None:
    """After another database was bound: its partitions are not known."""
    _months.clear()
