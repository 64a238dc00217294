"""The map: areas with their tallies, projects of an area, what needs a hand today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from models import wording
from models.places import Area, Project
from models.queries import tallies, terminals, territory
from models.queries.rows import AreaRow, Finding, Overview, ProjectRow, Tally, TerminalRow
from models.rules.presence import Light
from models.rules.scope import Permission, Scope
from models.units import Engagement, Unit

SPAN = timedelta(days=30)  # the map shows the last 30 days beside the 30 before
DAY = timedelta(days=1)
CLOCK_WRONG_MS = 5 * 60_000
WEAK = 0.9
FINDINGS = 12


def overview(session: Session, scope: Scope, now: datetime, city: str | None = None) -> Overview:
    """The landing page: prefectures, or the counties of one (`city` = its code)."""
    scope.need(Permission.SEE_MAP)
    digits, level = (6, "county") if city else (4, "prefecture")
    key = func.left(Project.area, digits)
    present = tallies.windows(session, scope, now - SPAN, now, now, key)
    before = tallies.windows(session, scope, now - 2 * SPAN, now - SPAN, now, key)
    lights = tallies.lights(session, scope, now, digits)
    counted = _project_counts(session, scope, digits)
    areas = tuple(
        _area_row(area, area.code[:digits], present, before, lights, counted)
        for area in session.scalars(_areas(scope, level, city))
    )
    kept = {area.code[:digits] for area in areas}
    past = tallies.total([tally for code, tally in before.items() if code in kept])
    may = scope.may(Permission.SEE_TERMINALS)
    found = terminals.listing(session, scope, now, area=city[:4] if city else None) if may else ()
    weak = projects(session, scope, now, city) if scope.may(Permission.SEE_PROJECTS) else ()
    total = tallies.total([area.tally for area in areas])
    return Overview(
        now, areas, total, past.attendance, sum(_silent(t, now) for t in found), _findings(found, weak, now)
    )


def _area_row(
    area: Area,
    key: str,
    present: dict[Any, Tally],
    before: dict[Any, Tally],
    lights: dict[str, tuple[int, int]],
    projects: dict[str, int],
) -> AreaRow:
    tally = replace(tallies.add(present.get(key), lights.get(key, (0, 0))), projects=projects.get(key, 0))
    past = before.get(key)
    return AreaRow(area.code, area.name, _short(area.name), tally, past.attendance if past else None)


def _areas(scope: Scope, level: str, city: str | None) -> Select[Area]:
    query = select(Area).where(Area.level == level).order_by(Area.code)
    return query.where(Area.code.startswith(city[:4] if city else scope.area_prefix[:4]))


def _short(name: str) -> str:
    """湘西土家族苗族自治州 → 湘西, 长沙市 → 长沙; counties keep their name."""
    if name.endswith("自治州"):
        return name[:2]
    return name[:-1] if name.endswith("市") and len(name) > 2 else name


def _project_counts(session: Session, scope: Scope, digits: int) -> dict[str, int]:
    key = func.left(Project.area, digits)
    query = select(key, func.count()).where(territory.projects(scope)).group_by(key)
    return dict(session.execute(query).all())


def _silent(row: TerminalRow, now: datetime) -> bool:
    return row.light is Light.OFFLINE and row.last_seen is not None and now - row.last_seen > DAY


def _findings(rows: tuple[TerminalRow, ...], weak: tuple[ProjectRow, ...], now: datetime) -> tuple[Finding, ...]:
    """Terminals off line, longest first; clocks that are wrong; projects under 90 %, worst first."""
    offline = [r for r in rows if r.light in {Light.OFFLINE, Light.NEVER}]
    offline.sort(key=lambda r: r.last_seen or now)
    clocks = [r for r in rows if r.skew_ms is not None and abs(r.skew_ms) > CLOCK_WRONG_MS]
    found = [_of_terminal("offline", r) for r in offline] + [_of_terminal("clock", r) for r in clocks]
    found += [
        Finding("missed", f"{p.name} {wording.percent(p.tally.attendance)}", None, f"/project/{p.id}")
        for p in weak
        if (p.tally.attendance or 1) < WEAK
    ]
    return tuple(found[:FINDINGS])


def _of_terminal(sign: str, row: TerminalRow) -> Finding:
    return Finding(sign, f"{row.county} {row.place} {row.brand} {row.serial}", row.last_seen, f"/terminal/{row.id}")


def projects(session: Session, scope: Scope, now: datetime, city: str | None = None) -> tuple[ProjectRow, ...]:
    """Projects of the territory (of one prefecture), with the last 30 days' tallies, worst attendance first."""
    scope.need(Permission.SEE_PROJECTS)
    present = tallies.windows(session, scope, now - SPAN, now, now, Project.__table__.c.id)
    lights = tallies.lights_by_project(session, scope, now)
    owner = aliased(Engagement)
    query = (
        select(Project, Area.name, Unit.name)
        .join(Area, Area.code == Project.area)
        .outerjoin(owner, (owner.project_id == Project.id) & (owner.kind == "owner"))
        .outerjoin(Unit, Unit.id == owner.unit_id)
        .where(territory.projects(scope))
    )
    if city:
        query = query.where(Project.area.startswith(city[:4]))
    rows = [
        ProjectRow(
            *(p.id, p.name, p.kind, p.area, county, unit or "", p.longitude, p.latitude),
            tallies.add(present.get(p.id), lights[p.id]),
        )
        for p, county, unit in session.execute(query)
    ]
    return tuple(sorted(rows, key=lambda row: (row.tally.attendance is None, row.tally.attendance, row.name)))
