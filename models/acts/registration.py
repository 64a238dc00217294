"""Registering a terminal by people: applied for, sent back, disabled and enabled, given a new token.

Confirming it is acts.terminals.admit. Whoever works in a unit registers its terminals; who keeps terminals decides.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import Range

from models import keys
from models.acts import attendance, events, terminals
from models.database import REGISTERS, At, exclusive, transaction
from models.places import Area
from models.queries.territory import need_project, need_terminal
from models.rules.instants import day_of, day_start
from models.rules.registration import Sheet, problems
from models.rules.registration import reason as told
from models.rules.scope import Permission, Refused, Scope
from models.terminals import Service, Terminal
from models.units import Engagement

WAITING = 200  # registrations of a unit that may wait at once
TOKEN_BYTES = 12  # typed into a terminal by hand: 24 hexadecimal digits


class Unfit(ValueError):
    """What is submitted lacks something; `wrong` names the fields."""

    def __init__(self, *wrong: str) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


class Applied(NamedTuple):
    """The terminal of a registration, and its token: told once, only its hash is kept."""

    terminal: int
    token: str


def apply(scope: Scope, sheet: Sheet, secret: bool = False) -> Applied:
    """Register a terminal for confirmation; one that waits or was sent back is registered anew, its projects too."""
    scope.need(Permission.REGISTER_TERMINALS)
    token = _token() if secret else ""
    with transaction() as at:
        if wrong := problems(sheet, day_of(at.now)):
            raise Unfit(*wrong)
        exclusive(at.session, REGISTERS)
        _need_own(at, scope, sheet)
        _need_free(at, scope, sheet)
        key = (sheet.protocol, sheet.serial, True)
        terminal = terminals.enter(at, scope, key, _values(sheet, token))
        _serve(at, terminal, sheet)
        return Applied(terminal, token)


def _token() -> str:
    return secrets.token_hex(TOKEN_BYTES)


def _values(sheet: Sheet, token: str) -> dict[str, Any]:
    ring = keys.current()
    return {
        "unit_id": sheet.unit,
        "brand": sheet.brand.strip(),
        "model": sheet.model.strip(),
        "area": sheet.area,
        "place": sheet.place.strip(),
        "longitude": sheet.point[0] if sheet.point else None,
        "latitude": sheet.point[1] if sheet.point else None,
        "contact_name": ring.seal(sheet.contact.strip().encode(), about=b"terminal.contact_name"),
        "contact_phone": ring.seal(sheet.phone.encode(), about=b"terminal.contact_phone"),
        "token_hash": terminals.token_hash(token) if token else None,
    }


def _need_own(at: At, scope: Scope, sheet: Sheet) -> None:
    """Raise Refused unless unit, county and projects are the account's, and the unit works in each project."""
    if scope.unit not in (None, sheet.unit) or not sheet.area.startswith(scope.area_prefix):
        raise Refused("a terminal is registered for one's own unit, in one's own territory")
    if at.session.scalar(select(Area.level).where(Area.code == sheet.area)) != "county":
        raise Unfit("area")
    for project in sheet.projects:
        need_project(at.session, scope, project)
        works = select(Engagement.id).where(Engagement.project_id == project, Engagement.unit_id == sheet.unit)
        if at.session.scalar(works.limit(1)) is None:
            raise Refused(f"unit {sheet.unit} does not work in project {project}")


def _need_free(at: At, scope: Scope, sheet: Sheet) -> None:
    """Raise Refused when the serial is in service or waits for another unit, or too many of the unit wait."""
    same = (Terminal.protocol == sheet.protocol, Terminal.serial == sheet.serial, Terminal.verified)
    row = at.session.scalar(select(Terminal).where(*same))
    if row is not None and row.admitted is not None:
        raise Refused("this terminal is in service already")
    if row is not None and row.unit_id not in (None, sheet.unit) and row.refused is None:
        raise Refused("this terminal waits for confirmation under another unit")
    waiting = select(func.count()).where(Terminal.unit_id == sheet.unit, Terminal.admitted.is_(None))
    if scope.unit is not None and (at.session.scalar(waiting) or 0) >= WAITING:
        raise Refused(f"{WAITING} terminals of this unit wait for confirmation already")


def _serve(at: At, terminal: int, sheet: Sheet) -> None:
    """Put down which projects it will serve. Nothing of it has counted yet, so what was said before is replaced."""
    at.session.execute(delete(Service).where(Service.terminal_id == terminal))
    since = day_start(sheet.since or day_of(at.now))
    at.session.add_all(
        Service(terminal_id=terminal, project_id=project, during=Range(since, None))
        for project in sorted(set(sheet.projects))
    )


def refuse(scope: Scope, terminal: int, reason: str, registered: datetime | None = None) -> None:
    """Send a registration back with a reason; its readings stay held."""
    with transaction() as at:
        row = _decide(at, scope, terminal, reason)
        if row.unit_id is None or row.admitted is not None:
            raise Refused("only a registration that waits is sent back")
        if registered is not None and row.registered != registered:
            raise Refused("the registration was changed meanwhile: look at it again")
        row.refused, row.refused_by, row.refused_reason = at.now, scope.account, told(reason)
        events.record(at, scope, "refuse terminal", terminal=terminal, reason=told(reason))


def disable(scope: Scope, terminal: int, reason: str) -> None:
    """Take a terminal out of service: what arrives from now on is held."""
    with transaction() as at:
        row = _decide(at, scope, terminal, reason)
        if row.admitted is None:
            raise Refused("only a terminal in service is disabled")
        if row.disabled is None:
            row.disabled, row.disabled_by, row.disabled_reason = at.now, scope.account, told(reason)
            events.record(at, scope, "disable terminal", terminal=terminal, reason=told(reason))


def enable(scope: Scope, terminal: int, reason: str) -> int:
    """Put a disabled terminal into service again; what was held becomes punches. Returns how many did."""
    with transaction() as at:
        row = _decide(at, scope, terminal, reason)
        if row.disabled is None:
            return 0
        exclusive(at.session, *attendance.served(at.session, [terminal]))
        row.disabled, row.disabled_by, row.disabled_reason = None, None, ""
        at.session.flush()
        released = attendance.release(at, [terminal])
        events.record(at, scope, "enable terminal", terminal=terminal, reason=told(reason), released=released)
        return released


def _decide(at: At, scope: Scope, terminal: int, reason: str) -> Terminal:
    """The terminal, after permission, territory and reason are found right; the register lock is held."""
    scope.need(Permission.KEEP_TERMINALS)
    if not told(reason):
        raise Unfit("reason")
    need_terminal(at.session, scope, terminal)
    exclusive(at.session, REGISTERS)
    return at.session.get_one(Terminal, terminal)


def renew_token(scope: Scope, terminal: int) -> str:
    """Give a terminal with a token a new one; the old one is worth nothing from then on. The new one is told once."""
    scope.need(Permission.REGISTER_TERMINALS)
    token = _token()
    with transaction() as at:
        need_terminal(at.session, scope, terminal)
        row = at.session.get_one(Terminal, terminal, with_for_update=True)
        if scope.unit not in (None, row.unit_id) or row.token_hash is None:
            raise Refused("a token is renewed for a terminal of one's own unit that has one")
        row.token_hash = terminals.token_hash(token)
        events.record(at, scope, "renew token", terminal=terminal)
        return token
