"""Entering projects and their contract sections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from models.acts import events
from models.attendance import Pulse
from models.database import transaction
from models.places import Project, Section
from models.queries.territory import need_whole_project
from models.rules import parameters
from models.rules.instants import day_end, day_of, day_start
from models.rules.scope import Permission, Refused, Scope

FIRST = date(2018, 5, 1)  # the rules are in force from here; an older instant asks what they say then


def enter_project(
    scope: Scope,
    *,
    name: str,
    kind: str,
    area: str,
    point: tuple[float, float],
    start: date,
    handover: date | None = None,
) -> int:
    """Enter a project, supervised from 00:00 of `start` to 24:00 of `handover`; `point`: longitude, latitude, WGS84."""
    scope.need(Permission.KEEP_REGISTER)
    if scope.unit is not None or not area.startswith(scope.area_prefix) or scope.kind not in (None, kind):
        raise Refused("a project is entered by an account whose territory holds its county")
    if area.endswith("00"):
        raise ValueError(
            f"{area} is no county: give the county where the project lies (its prefecture is ranked by it)"
        )
    with transaction() as at:
        if handover and handover <= (last := parameters.law().value("excluded_until", max(day_of(at.now), FIRST))):
            raise Refused(f"projects handed over up to {last} are not supervised (一(三))")
        project = Project(
            name=name,
            kind=kind,
            area=area,
            longitude=point[0],
            latitude=point[1],
            supervised_from=day_start(start),
            handed_over=day_end(handover) if handover else None,
        )
        at.session.add(project)
        at.session.flush()
        at.session.add(Pulse(project_id=project.id, version=0))
        events.record(at, scope, "enter project", project=project.id)
        return project.id


def enter_section(scope: Scope, project: int, name: str, contract_sum: Decimal) -> int:
    """Enter a contract section of a project; the sum is in yuan."""
    scope.need(Permission.KEEP_REGISTER)
    with transaction() as at:
        need_whole_project(at.session, scope, project)
        section = Section(project_id=project, name=name, contract_sum=contract_sum)
        at.session.add(section)
        at.session.flush()
        events.record(at, scope, "enter section", project=project, section=section.id)
        return section.id
