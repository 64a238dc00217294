"""The heatmap person × window of a project, and the evidence behind one of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    search: str = "",
) -> Heatmap | None:
    """The last `last` windows up to the present one, worst people first, one page; None outside the territory."""
    scope.need(Permission.SEE_PROJECTS)
    connection = session.connection()
    found = connection.execute(_project(scope), {"project": project}).one_or_none()
    if found is None:
        return None
    teams = {row.id: row for row in connection.execute(_teams(scope), {"project": project})}
    strips = [_Strip(*row) for row in connection.execute(_STRIPS, {"engagements": list(teams)})]
    grid = _grid(found.supervised_from, strips, now, last)
    named = scope.may(Permission.SEE_PEOPLE)
    every = _rows(strips, grid, teams, named)
    rows = sorted((row for row in every if search in row.name), key=_worst_first)  # in the name as it is shown
    due, missed = sum(row.due for row in rows), sum(row.missed for row in rows)
    tally = Tally(1, len({row.person for row in rows}), due, due - missed)
    shown = tuple(rows[page * size : (page + 1) * size])
    return Heatmap(project, found.name, now, found.version, grid.columns, shown, len(rows), tally)


@lru_cache(maxsize=512)  # to write a statement costs more than to run it
def _project(scope: Scope) -> AnySelect:
    query = select(Project.name, Project.supervised_from, Pulse.version).join(Pulse, Pulse.project_id == Project.id)
    return query.where(Project.id == bindparam("project"), territory.projects(scope))


@lru_cache(maxsize=512)
def _teams(scope: Scope) -> AnySelect:
    """The project's engagements that the viewer sees."""
    return (
        select(
            Engagement.id, Engagement.unit_id, Unit.name.label("unit"), func.coalesce(Section.name, "").label("section")
        )
        .join(Project, Project.id == Engagement.project_id)
        .join(Unit, Unit.id == Engagement.unit_id)
        .outerjoin(Section, Section.id == Engagement.section_id)
        .where(Engagement.project_id == bindparam("project"), territory.engagements(scope))
    )


_STRIPS = text(
    "select s.engagement_id, s.person_id, p.name, s.posts, s.first_k, s.states "
    "from window_strip s join person p on p.id = s.person_id "
    "where s.engagement_id = any(:engagements)"
)


class _Strip(NamedTuple):
    engagement: int
    person: int
    name: str
    posts: str
    first: int
    states: bytes


class Grid(NamedTuple):
    """The windows shown: columns k = first … first + len(columns) - 1, of which the first `over` are closed."""

    first: int
    over: int
    columns: tuple[Column, ...]


def _grid(start: datetime, strips: Sequence[_Strip], now: datetime, last: int) -> Grid:
    length = parameters.law().window_length(day_of(now))
    present = number(start, now, length)
    newest = min(present, max((s.first + len(s.states) - 1 for s in strips), default=present))
    first = max(newest + 1 - last, min((s.first for s in strips), default=newest + 1))
    columns = tuple(Column(k, *bounds(start, k, length)) for k in range(first, newest + 1))
    return Grid(first, max(0, min(present - first, len(columns))), columns)


def _rows(strips: Iterable[_Strip], grid: Grid, teams: Mapping[int, AnyRow], named: bool) -> Iterator[HeatRow]:
    """Strips cut to the grid, with an open window that is over as missed; who holds no post in it is left out."""
    width, over = len(grid.columns), grid.over
    names = {key: (team.unit, team.section) for key, team in teams.items()}
    for engagement, person, name, posts, first, states in strips:
        at = first - grid.first
        codes = (bytes(max(0, at)) + states[max(0, -at) : max(0, width - at)]).ljust(width, NONE)
        if not codes.strip(NONE):
            continue
        closed = codes[:over].translate(OVER)
        missed = closed.count(MISSED)
        due, (unit, section) = missed + closed.count(MET), names[engagement]
        shown = name if named else identity.mask_name(name)
        yield HeatRow(engagement, person, shown, unit, section, posts, closed + codes[over:], due, missed)


def _worst_first(row: HeatRow) -> tuple[int, float, str, str, int, int]:
    return -row.missed, -(ratio(row.missed, row.due) or 0.0), row.unit, row.name, row.person, row.engagement


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
