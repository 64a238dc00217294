"""The heatmap person × window of a project, and the evidence behind one of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attendance import AttendanceWindow, Pulse
from models.base import AnyRow
from models.people import Appointment, Person, Post
from models.places import Project, Section
from models.queries import evidence, territory
from models.queries.rows import Column, Evidence, Heatmap, HeatRow, Tally
from models.rules import identity
from models.rules.scope import Permission, Scope
from models.rules.windows import Facts, State, state
from models.units import Engagement, Unit

W = AttendanceWindow


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
    row = session.scalar(select(Project).where(Project.id == project, territory.projects(scope)))
    moved = version(session, scope, project)
    if row is None or moved is None:
        return None
    facts = _facts(session, scope, project, now, unit, search)
    columns = _columns(facts, last)
    rows = sorted(_rows(facts, columns, now, scope), key=lambda r: (-r.missed, -_share(r), r.unit, r.name, r.person))
    tally = Tally(1, len({r.person for r in rows}), sum(r.due for r in rows), sum(r.due - r.missed for r in rows))
    shown = _with_posts(session, rows[page * size : (page + 1) * size])
    return Heatmap(project, row.name, now, moved, columns, shown, len(rows), tally)


def _with_posts(session: Session, rows: Sequence[HeatRow]) -> tuple[HeatRow, ...]:
    """The shown rows with the names of the posts held."""
    query = (
        select(Appointment.engagement_id, Appointment.person_id, Post.name)
        .join(Post, Post.code == Appointment.post)
        .where(Appointment.person_id.in_({row.person for row in rows}))
        .order_by(Post.tier, Post.name)
    )
    posts: dict[tuple[int, int], dict[str, None]] = {}
    for engagement, person, name in session.execute(query):
        posts.setdefault((engagement, person), {})[name] = None
    return tuple(replace(row, post="、".join(posts.get((row.engagement, row.person), ()))) for row in rows)


def _share(row: HeatRow) -> float:
    return row.missed / row.due if row.due else 0.0


def _facts(
    session: Session, scope: Scope, project: int, now: datetime, unit: int | None, search: str
) -> Sequence[AnyRow]:
    query = (
        select(
            *(W.engagement_id, W.person_id, W.k, W.starts, W.ends, W.punches, W.post_ms, W.duty_ms, W.halt_ms),
            *(Person.name, Unit.name.label("unit"), Section.name.label("section")),
        )
        .join(Person, Person.id == W.person_id)
        .join(Engagement, Engagement.id == W.engagement_id)
        .join(Project, Project.id == W.project_id)
        .join(Unit, Unit.id == Engagement.unit_id)
        .outerjoin(Section, Section.id == Engagement.section_id)
        .where(W.project_id == project, W.starts <= now, territory.engagements(scope))
        .order_by(W.engagement_id, W.person_id, W.k)
    )
    if unit is not None:
        query = query.where(Unit.id == unit)
    if search:
        query = query.where(Person.name.contains(search, autoescape=True))
    return session.execute(query).all()


def _columns(facts: Iterable[AnyRow], last: int) -> tuple[Column, ...]:
    spans = {f.k: Column(f.k, f.starts, f.ends) for f in facts}
    return tuple(spans[k] for k in sorted(spans)[-last:])


def _rows(facts: Sequence[AnyRow], columns: tuple[Column, ...], now: datetime, scope: Scope) -> Iterable[HeatRow]:
    place = {column.k: index for index, column in enumerate(columns)}
    for (engagement, person), group in groupby(facts, key=lambda f: (f.engagement_id, f.person_id)):
        mine = [f for f in group if f.k in place]
        if not mine:
            continue
        states = bytearray(len(columns))
        for f in mine:
            states[place[f.k]] = _state(f, now)
        closed = [states[place[f.k]] for f in mine if f.ends <= now]
        missed = closed.count(State.MISSED)
        name = mine[0].name if scope.may(Permission.SEE_PEOPLE) else identity.mask_name(mine[0].name)
        yield HeatRow(
            *(engagement, person, name, mine[0].unit, mine[0].section or "", ""),
            bytes(states),
            missed + closed.count(State.MET),
            missed,
        )


def _state(f: AnyRow, now: datetime) -> int:
    return state(Facts(f.k, f.starts, f.ends, f.punches, None, None, f.post_ms, f.duty_ms, f.halt_ms, 0), now)


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
