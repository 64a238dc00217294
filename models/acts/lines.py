"""Lines of a unit: put down by the unit itself, and ended; a change is an end and a beginning."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.dialects.postgresql import Range

from models.acts import events
from models.database import transaction
from models.lines import OPERATORS, Line
from models.queries.territory import need_project
from models.rules.instants import day_of
from models.rules.scope import Permission, Refused, Scope

FASTEST = 100_000  # Mbit/s
LONGEST = timedelta(days=3660)  # of a contract
NOTE = 200
AT_LEAST = timedelta(milliseconds=1)  # of a line that is ended as it begins


class BadLine(ValueError):
    """What is put down lacks something; the message names the field."""


def add(
    scope: Scope, operator: str, bandwidth_mbps: int, contract_end: date, note: str = "", project: int | None = None
) -> int:
    """Put down a line of the account's own unit, for one of its projects or for all, from today on."""
    unit = _own(scope)
    with transaction() as at:
        today = day_of(at.now)
        if operator not in OPERATORS:
            raise BadLine("operator")
        if not 0 < bandwidth_mbps <= FASTEST:
            raise BadLine("bandwidth")
        if not today - LONGEST <= contract_end <= today + LONGEST:
            raise BadLine("contract_end")
        if len(note) > NOTE or not note.isprintable():
            raise BadLine("note")
        if project is not None:
            need_project(at.session, scope, project)
        line = Line(
            unit_id=unit, project_id=project, operator=operator, bandwidth_mbps=bandwidth_mbps,
            contract_end=contract_end, note=note.strip(), during=Range(at.now, None),
            entered_by=scope.account,
        )  # fmt: skip
        at.session.add(line)
        at.session.flush()
        events.record(at, scope, "add line", line=line.id, unit=unit, project=project)
        return line.id


def end(scope: Scope, line: int) -> None:
    """End a line of the account's own unit now; the row stays. Ending it twice changes nothing."""
    unit = _own(scope)
    with transaction() as at:
        row = at.session.get(Line, line, with_for_update=True)
        if row is None or row.unit_id != unit:
            raise Refused(f"line {line} is not this unit's")
        if row.ended_by is None:
            began = row.during.lower or at.now
            row.during, row.ended_by = Range(began, max(at.now, began + AT_LEAST)), scope.account
            events.record(at, scope, "end line", line=line, unit=unit)


def _own(scope: Scope) -> int:
    scope.need(Permission.REGISTER_TERMINALS)
    if scope.unit is None:
        raise Refused("a unit keeps its own lines")
    return scope.unit
