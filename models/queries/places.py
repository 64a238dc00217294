"""The map: areas with their tallies, projects of an area, what needs a hand today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models import wording
from models.places import Area, Project
from models.queries import areas, lights, loss, tallies, territory
from models.queries.areas import Standing
from models.queries.lights import Troubled
from models.queries.rows import AreaRow, Finding, Lights, Overview, ProjectRow, Tally, ratio
from models.rules.scope import Permission, Scope
from models.units import Engagement, Unit

SPAN = timedelta(days=30)  # the map shows the last 30 days beside the 30 before
FINDINGS = 12
ALARMS = 4  # of them: what was tampered with or misses records goes before


def overview(session: Session, scope: Scope, now: datetime, city: str | None = None) -> Overview:
    """The landing page: prefectures, or the counties of one (`city` = its code)."""
    scope.need(Permission.SEE_MAP)
    digits, level = (6, "county") if city else (4, "prefecture")
    prefix = city[:4] if city else scope.area_prefix[:4]
    found = areas.standings(session, scope, prefix, level, SPAN, now, FINDINGS)
    watched = lights.watched(session, scope, now, prefix, digits, FINDINGS)
    rows = tuple(_area(area, watched.areas.get(area.code[:digits])) for area in found.areas)
    return Overview(
        as_of=now,
        areas=rows,
        total=tallies.total(row.tally for row in rows),
        before=ratio(sum(area.met_before for area in found.areas), sum(area.due_before for area in found.areas)),
        offline_day=sum(each.silent for each in watched.areas.values()),
        findings=_findings(scope, _alarms(session, scope, now, prefix), watched.troubled, found.weak),
    )


def _area(area: Standing, terminals: Lights | None) -> AreaRow:
    tally = tallies.add(Tally(area.projects, area.people, area.due, area.met), terminals)
    return AreaRow(area.code, area.name, _short(area.name), tally, ratio(area.met_before, area.due_before))


def _short(name: str) -> str:
    """湘西土家族苗族自治州 → 湘西, 长沙市 → 长沙; counties keep their name."""
    if name.endswith("自治州"):
        return name[:2]
    return name[:-1] if name.endswith("市") and len(name) > 2 else name


def _alarms(session: Session, scope: Scope, now: datetime, prefix: str) -> Sequence[Finding]:
    return loss.findings(session, scope, now - SPAN, prefix, ALARMS) if scope.may(Permission.SEE_TERMINALS) else ()


def _findings(
    scope: Scope, alarms: Sequence[Finding], troubled: Sequence[Troubled], weak: Sequence[Standing]
) -> tuple[Finding, ...]:
    """Tampering and loss; terminals off line, longest first; wrong clocks; projects under 90 %, worst first."""
    found = list(alarms)
    if scope.may(Permission.SEE_TERMINALS):
        found += [_of_terminal(terminal) for terminal in troubled]
    if scope.may(Permission.SEE_PROJECTS):
        found += [_of_project(project) for project in weak]
    return tuple(found[:FINDINGS])


def _of_terminal(at: Troubled) -> Finding:
    title = f"{at.county} {at.place} {at.brand} {at.serial}"
    return Finding("offline" if at.silent else "clock", title, at.last_seen, f"/terminal/{at.id}")


def _of_project(project: Standing) -> Finding:
    title = f"{project.name} {wording.percent(project.met / project.due)}"
    return Finding("missed", title, None, f"/project/{project.code}")


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
    served = lights.by_project(session, scope, now, [p.id for p in found])
    rows = [
        ProjectRow(
            *(p.id, p.name, p.kind, p.area, p.county, p.owner or "", p.longitude, p.latitude),
            tallies.add(present.get(p.id), served.get(p.id)),
        )
        for p in found
    ]
    return tuple(sorted(rows, key=lambda row: (row.tally.attendance is None, row.tally.attendance, row.name)))
