"""The map: areas with their tallies, projects of an area, what needs a hand today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models import wording
from models.base import AnyRow, AnySelect
from models.places import Area, Project
from models.queries import tallies, terminals, territory
from models.queries.rows import AreaRow, Finding, Lights, Overview, ProjectRow, Tally, TerminalRow
from models.rules.scope import Permission, Scope
from models.units import Engagement, Unit

SPAN = timedelta(days=30)  # the map shows the last 30 days beside the 30 before
WEAK = 0.9
FINDINGS = 12

Tallies = dict[int, Tally]  # by project


def overview(session: Session, scope: Scope, now: datetime, city: str | None = None) -> Overview:
    """The landing page: prefectures, or the counties of one (`city` = its code)."""
    scope.need(Permission.SEE_MAP)
    digits, level = (6, "county") if city else (4, "prefecture")
    prefix = city[:4] if city else scope.area_prefix[:4]
    present = tallies.windows(session, scope, now - SPAN, now, now)
    before = tallies.windows(session, scope, now - 2 * SPAN, now - SPAN, now)
    lights = tallies.lights(session, scope, now, digits)
    places: dict[str, list[AnyRow]] = defaultdict(list)
    for place in session.execute(_places(scope, prefix)):
        places[place.area[:digits]].append(place)
    listed = select(Area.code, Area.name).where(Area.level == level, Area.code.startswith(prefix)).order_by(Area.code)
    areas = tuple(
        _area(area, places[area.code[:digits]], present, before, lights.get(area.code[:digits]))
        for area in session.execute(listed)
    )
    within = [place for group in places.values() for place in group]
    return Overview(
        as_of=now,
        areas=areas,
        total=tallies.total(area.tally for area in areas),
        before=tallies.total(before[place.id] for place in within if place.id in before).attendance,
        offline_day=sum(found.silent for area, found in lights.items() if area.startswith(prefix)),
        findings=_findings(session, scope, now, prefix, within, present),
    )


def _places(scope: Scope, prefix: str) -> AnySelect:
    query = select(Project.id, Project.name, Project.area).where(territory.projects(scope))
    return query.where(Project.area.startswith(prefix))


def _area(area: AnyRow, places: Sequence[AnyRow], present: Tallies, before: Tallies, lights: Lights | None) -> AreaRow:
    tally = tallies.add(tallies.total(present[p.id] for p in places if p.id in present), lights)
    past = tallies.total(before[p.id] for p in places if p.id in before)
    return AreaRow(area.code, area.name, _short(area.name), replace(tally, projects=len(places)), past.attendance)


def _short(name: str) -> str:
    """湘西土家族苗族自治州 → 湘西, 长沙市 → 长沙; counties keep their name."""
    if name.endswith("自治州"):
        return name[:2]
    return name[:-1] if name.endswith("市") and len(name) > 2 else name


def _findings(
    session: Session, scope: Scope, now: datetime, prefix: str, places: Sequence[AnyRow], present: Tallies
) -> tuple[Finding, ...]:
    """Terminals off line, longest first; clocks that are wrong; projects under 90 %, worst first."""
    found: list[Finding] = []
    if scope.may(Permission.SEE_TERMINALS):
        for sign in ("offline", "clock"):
            rows = terminals.troubled(session, scope, now, sign, prefix, FINDINGS - len(found))
            found += [_of_terminal(sign, row) for row in rows]
    if scope.may(Permission.SEE_PROJECTS):
        rates = ((present[p.id].attendance, p) for p in places if p.id in present)
        weak = [(rate, p.name, p.id) for rate, p in rates if rate is not None and rate < WEAK]
        found += [_of_project(*weakest) for weakest in sorted(weak)[: FINDINGS - len(found)]]
    return tuple(found)


def _of_terminal(sign: str, row: TerminalRow) -> Finding:
    return Finding(sign, f"{row.county} {row.place} {row.brand} {row.serial}", row.last_seen, f"/terminal/{row.id}")


def _of_project(rate: float, name: str, project: int) -> Finding:
    return Finding("missed", f"{name} {wording.percent(rate)}", None, f"/project/{project}")


def projects(session: Session, scope: Scope, now: datetime, city: str | None = None) -> tuple[ProjectRow, ...]:
    """Projects of the territory (of one prefecture), with the last 30 days' tallies, worst attendance first."""
    scope.need(Permission.SEE_PROJECTS)
    present = tallies.windows(session, scope, now - SPAN, now, now)
    owner = aliased(Engagement)
    query = (
        select(
            *(Project.id, Project.name, Project.kind, Project.area, Area.name.label("county")),
            *(Unit.name.label("owner"), Project.longitude, Project.latitude),
        )
        .join(Area, Area.code == Project.area)
        .outerjoin(owner, (owner.project_id == Project.id) & (owner.kind == "owner"))
        .outerjoin(Unit, Unit.id == owner.unit_id)
        .where(territory.projects(scope))
    )
    if city:
        query = query.where(Project.area.startswith(city[:4]))
    found = session.execute(query).all()
    lights = tallies.lights_by_project(session, scope, now, [p.id for p in found])
    rows = [
        ProjectRow(
            *(p.id, p.name, p.kind, p.area, p.county, p.owner or "", p.longitude, p.latitude),
            tallies.add(present.get(p.id), lights.get(p.id)),
        )
        for p in found
    ]
    return tuple(sorted(rows, key=lambda row: (row.tally.attendance is None, row.tally.attendance, row.name)))
