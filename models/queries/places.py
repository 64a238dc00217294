"""The map: areas with their tallies, projects of an area, what needs a hand today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session, aliased

from models import wording
from models.places import Area, Project
from models.queries import tallies, terminals, territory
from models.queries.rows import AreaRow, Finding, Lights, Overview, ProjectRow, Tally, TerminalRow, ratio
from models.queries.tallies import Standing
from models.rules.presence import Light
from models.rules.scope import Permission, Scope
from models.units import Engagement, Unit

SPAN = timedelta(days=30)  # the map shows the last 30 days beside the 30 before
WEAK = 0.9
FINDINGS = 12


def overview(session: Session, scope: Scope, now: datetime, city: str | None = None) -> Overview:
    """The landing page: prefectures, or the counties of one (`city` = its code)."""
    scope.need(Permission.SEE_MAP)
    digits, level = (6, "county") if city else (4, "prefecture")
    prefix = city[:4] if city else scope.area_prefix[:4]
    places: dict[str, list[Standing]] = defaultdict(list)
    for place in (standing := tallies.standing(session, scope, prefix, SPAN, now)):
        places[place.area[:digits]].append(place)
    lights = tallies.lights(session, scope, now, digits)
    listed = session.connection().execute(_AREAS, {"level": level, "prefix": prefix + "%"})
    areas = tuple(_area(code, name, places[code[:digits]], lights.get(code[:digits])) for code, name in listed)
    *_, due_before, met_before = _sums(standing)
    return Overview(
        as_of=now,
        areas=areas,
        total=tallies.total(area.tally for area in areas),
        before=ratio(met_before, due_before),
        offline_day=sum(found.silent for area, found in lights.items() if area.startswith(prefix)),
        findings=_findings(session, scope, now, prefix, standing),
    )


_AREAS = text("select code, name from area where level = :level and code like :prefix order by code")


def _area(code: str, name: str, places: Sequence[Standing], lights: Lights | None) -> AreaRow:
    people, due, met, due_before, met_before = _sums(places)
    tally = tallies.add(Tally(len(places), people, due, met), lights)
    return AreaRow(code, name, _short(name), tally, ratio(met_before, due_before))


def _sums(places: Sequence[Standing]) -> Sequence[int]:
    """People, due, met, due before, met before."""
    if not places:
        return (0,) * 5
    _, _, _, *columns = zip(*places, strict=True)
    return tuple(map(sum, columns))


def _short(name: str) -> str:
    """湘西土家族苗族自治州 → 湘西, 长沙市 → 长沙; counties keep their name."""
    if name.endswith("自治州"):
        return name[:2]
    return name[:-1] if name.endswith("市") and len(name) > 2 else name


def _findings(
    session: Session, scope: Scope, now: datetime, prefix: str, standing: Sequence[Standing]
) -> tuple[Finding, ...]:
    """Terminals off line, longest first; clocks that are wrong; projects under 90 %, worst first."""
    found: list[Finding] = []
    if scope.may(Permission.SEE_TERMINALS):
        found += [_of_terminal(row) for row in terminals.troubled(session, scope, now, prefix, FINDINGS)]
    if scope.may(Permission.SEE_PROJECTS):
        weak = [(p.met / p.due, p.name, p.project) for p in standing if p.due and p.met < WEAK * p.due]
        found += [_of_project(*weakest) for weakest in sorted(weak)[: FINDINGS - len(found)]]
    return tuple(found)


def _of_terminal(row: TerminalRow) -> Finding:
    sign = "offline" if row.light in {Light.OFFLINE, Light.NEVER} else "clock"
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
