"""The heatmap person × window of a project, and the evidence behind one of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.attendance import AttendanceWindow, Pulse, WindowStrip
from models.base import AnyRow, AnySelect
from models.people import Appointment, Person, Post
from models.places import Project, Section
from models.queries import evidence, territory
from models.queries.rows import Column, Evidence, Heatmap, HeatRow, Tally, ratio
from models.rules import identity, parameters
from models.rules.instants import Period, day_of
from models.rules.scope import Permission, Scope
from models.rules.windows import State, bounds, number
from models.units import Engagement, Unit

W = AttendanceWindow
BIGINTS = ARRAY(BigInteger)
NONE, MET, MISSED, OPEN = (bytes([state]) for state in (State.NONE, State.MET, State.MISSED, State.OPEN))
OVER = bytes.maketrans(OPEN, MISSED)  # what an open window is when it is over


def version(session: Session, scope: Scope, project: int) -> int | None:
    """A number that moves with every change of the project's window facts; None outside the territory."""
    query = select(Pulse.version).join(Project, Project.id == Pulse.project_id)
    return session.scalar(query.where(Pulse.project_id == project, territory.projects(scope)))


def heatmap(
    session: Session,
    scope: Scope,
    project: int,
    now: datetime,
    *,
    last: int = 40,
    page: int = 0,
    size: int = 60,
    unit: int | None = None,
    search: str = "",
) -> Heatmap | None:
    """The last `last` windows up to the present one, worst people first, one page; None outside the territory."""
    scope.need(Permission.SEE_PROJECTS)
    connection = session.connection()
    found = connection.execute(_project(scope), {"project": project}).one_or_none()
    if found is None:
        return None
    keys = {"project": project, "unit": unit, "search": search}
    strips = connection.execute(_strips(scope, unit is not None, bool(search)), keys).all()
    grid = _grid(found.supervised_from, strips, now, last)
    rows = sorted(_rows(strips, grid), key=_worst_first)
    due, missed = sum(row.due for row in rows), sum(row.missed for row in rows)
    tally = Tally(1, len({row.strip.person_id for row in rows}), due, due - missed)
    shown = _shown(session, scope, rows[page * size : (page + 1) * size])
    return Heatmap(project, found.name, now, found.version, grid.columns, shown, len(rows), tally)


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _project(scope: Scope) -> AnySelect:
    query = select(Project.name, Project.supervised_from, Pulse.version).join(Pulse, Pulse.project_id == Project.id)
    return query.where(Project.id == bindparam("project"), territory.projects(scope))


@lru_cache(maxsize=512)
def _strips(scope: Scope, of_unit: bool, by_name: bool) -> AnySelect:
    query = (
        select(
            *(WindowStrip.engagement_id, WindowStrip.person_id, WindowStrip.first_k, WindowStrip.states),
            *(Unit.name.label("unit"), Person.name, Section.name.label("section")),
        )
        .join(Person, Person.id == WindowStrip.person_id)
        .join(Engagement, Engagement.id == WindowStrip.engagement_id)
        .join(Project, Project.id == WindowStrip.project_id)
        .join(Unit, Unit.id == Engagement.unit_id)
        .outerjoin(Section, Section.id == Engagement.section_id)
        .where(WindowStrip.project_id == bindparam("project"), territory.engagements(scope))
        .where(Engagement.project_id == bindparam("project"))  # follows; told so that few engagements are read
    )
    if of_unit:
        query = query.where(Unit.id == bindparam("unit"))
    return query.where(func.strpos(Person.name, bindparam("search")) > 0) if by_name else query


class Grid(NamedTuple):
    """The windows shown: columns k = first … first + len(columns) - 1, of which the first `over` are closed."""

    first: int
    over: int
    columns: tuple[Column, ...]


def _grid(start: datetime, strips: Sequence[AnyRow], now: datetime, last: int) -> Grid:
    length = parameters.law().window_length(day_of(now))
    present = number(start, now, length)
    newest = min(present, max((s.first_k + len(s.states) - 1 for s in strips), default=present))
    first = max(newest + 1 - last, min((s.first_k for s in strips), default=newest + 1))
    columns = tuple(Column(k, *bounds(start, k, length)) for k in range(first, newest + 1))
    return Grid(first, max(0, min(present - first, len(columns))), columns)


class _Row(NamedTuple):
    strip: AnyRow
    states: bytes
    due: int
    missed: int


def _rows(strips: Sequence[AnyRow], grid: Grid) -> Iterator[_Row]:
    """Strips cut to the grid, with an open window that is over as missed; who holds no post in it is left out."""
    width = len(grid.columns)
    for strip in strips:
        at = strip.first_k - grid.first
        codes = (bytes(max(0, at)) + strip.states[max(0, -at) : max(0, width - at)]).ljust(width, NONE)
        if not codes.strip(NONE):
            continue
        closed = codes[: grid.over].translate(OVER)
        missed = closed.count(MISSED)
        yield _Row(strip, closed + codes[grid.over :], missed + closed.count(MET), missed)


def _worst_first(row: _Row) -> tuple[int, float, str, str, int]:
    return -row.missed, -(ratio(row.missed, row.due) or 0.0), row.strip.unit, row.strip.name, row.strip.person_id


def _shown(session: Session, scope: Scope, rows: Sequence[_Row]) -> tuple[HeatRow, ...]:
    """Rows as the viewer may see them, with the names of the posts held."""
    posts = _posts(session, {row.strip.person_id for row in rows})
    named = scope.may(Permission.SEE_PEOPLE)
    return tuple(
        HeatRow(
            *(strip.engagement_id, strip.person_id, strip.name if named else identity.mask_name(strip.name)),
            *(strip.unit, strip.section or "", "、".join(posts.get((strip.engagement_id, strip.person_id), ()))),
            *(states, due, missed),
        )
        for strip, states, due, missed in rows
    )


def _posts(session: Session, people: set[int]) -> dict[tuple[int, int], dict[str, None]]:
    posts: dict[tuple[int, int], dict[str, None]] = {}
    for engagement, person, name in session.connection().execute(_POSTS, {"people": list(people)}):
        posts.setdefault((engagement, person), {})[name] = None
    return posts


_POSTS = text(
    "select a.engagement_id, a.person_id, po.name from appointment a join post po on po.code = a.post "
    "where a.person_id = any(:people) order by po.tier, po.name"
)


class Counted(NamedTuple):
    """A person's closed windows of a period in an engagement, with name and highest post."""

    name: str
    post: str
    due: int
    met: int


def counted(
    session: Session, scope: Scope, pairs: Sequence[tuple[int, int]], period: Period, as_of: datetime
) -> dict[tuple[int, int], Counted]:
    """Closed windows of (engagement, person) pairs of the territory that end in a period."""
    scope.need(Permission.SEE_RANKING)
    engagements, people = [engagement for engagement, _ in pairs], [person for _, person in pairs]
    rows = session.connection().execute(_counted(scope), {"engagements": engagements, "people": people}).all()
    until, length = min(period.end, as_of), parameters.law().window_length(day_of(as_of))
    found = {}
    for strip in rows:
        start = strip.supervised_from
        low, high = (max(0, number(start, instant, length) - strip.first_k) for instant in (period.start, until))
        met = strip.states.count(MET, low, high)
        due = met + strip.states.count(OPEN, low, high)
        found[strip.engagement_id, strip.person_id] = Counted(strip.name, strip.post or "", due, met)
    return found


@lru_cache(maxsize=512)
def _counted(scope: Scope) -> AnySelect:
    highest = (
        select(Post.name)
        .join(Appointment, Appointment.post == Post.code)
        .where(Appointment.engagement_id == WindowStrip.engagement_id, Appointment.person_id == WindowStrip.person_id)
        .order_by(Post.tier)
        .limit(1)
    )
    wanted = func.unnest(bindparam("engagements", type_=BIGINTS), bindparam("people", type_=BIGINTS))
    pairs = wanted.table_valued("engagement", "person").render_derived(name="pairs")
    return (
        select(
            *(WindowStrip.engagement_id, WindowStrip.person_id, WindowStrip.first_k, WindowStrip.states),
            *(Person.name, highest.scalar_subquery().label("post"), Project.supervised_from),
        )
        .join(pairs, (pairs.c.engagement == WindowStrip.engagement_id) & (pairs.c.person == WindowStrip.person_id))
        .join(Person, Person.id == WindowStrip.person_id)
        .join(Project, Project.id == WindowStrip.project_id)
        .join(Engagement, Engagement.id == WindowStrip.engagement_id)
        .where(territory.engagements(scope))
    )


def why(session: Session, scope: Scope, engagement: int, person: int, k: int, now: datetime) -> Evidence | None:
    """The evidence of one cell, None outside the territory."""
    scope.need(Permission.SEE_PROJECTS)
    query = (
        select(W, Person.name, Unit.name, Section.name, Project)
        .join(Person, Person.id == W.person_id)
        .join(Engagement, Engagement.id == W.engagement_id)
        .join(Project, Project.id == W.project_id)
        .join(Unit, Unit.id == Engagement.unit_id)
        .outerjoin(Section, Section.id == Engagement.section_id)
        .where(W.engagement_id == engagement, W.person_id == person, W.k == k, territory.engagements(scope))
    )
    row = session.execute(query).one_or_none()
    return evidence.gather(session, scope, row, now) if row else None
