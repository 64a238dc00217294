"""Entering units and engaging them in projects."""

from __future__ import annotations

from decimal import Decimal

from models.acts import events
from models.database import transaction
from models.queries.territory import need_whole_project
from models.rules.identity import valid_uscc
from models.rules.scope import Permission, Scope
from models.units import Engagement, Unit


class BadCode(ValueError):
    """A number fails its check digit."""


def enter_unit(scope: Scope, name: str, uscc: str) -> int:
    """Enter a unit; BadCode when its 统一社会信用代码 fails the check of GB 32100-2015."""
    scope.need(Permission.KEEP_REGISTER)
    if not valid_uscc(uscc):
        raise BadCode(f"{uscc} is not a valid unified social credit code: compare it with the business licence")
    with transaction() as at:
        unit = Unit(name=name, uscc=uscc)
        at.session.add(unit)
        at.session.flush()
        events.record(at, scope, "enter unit", unit=unit.id)
        return unit.id


def engage(
    scope: Scope, project: int, unit: int, kind: str, section: int | None = None, contract_sum: Decimal = Decimal(0)
) -> int:
    """Engage a unit in a project or one of its sections as owner, contractor, supervisor or laboratory."""
    scope.need(Permission.KEEP_REGISTER)
    with transaction() as at:
        need_whole_project(at.session, scope, project)
        engagement = Engagement(
            project_id=project, section_id=section, unit_id=unit, kind=kind, contract_sum=contract_sum
        )
        at.session.add(engagement)
        at.session.flush()
        events.record(at, scope, "engage unit", project=project, unit=unit, engagement=engagement.id)
        return engagement.id
