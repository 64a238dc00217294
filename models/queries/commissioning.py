"""How far a terminal's commissioning is: what was heard, what was filled in, the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from models import keys
from models.accounts import Account
from models.attendance import Reading
from models.base import AnyRow
from models.commissioning import Commissioning, InstallationPhoto
from models.queries import territory
from models.rules import parameters
from models.rules.commissioning import Heard, Point, Sheet, Stage, stages
from models.rules.instants import day_of, day_start
from models.rules.scope import PROCESS, Permission, Scope
from models.terminals import Terminal, TerminalState
from models.units import Unit

ABOUT = b"installation_photo.picture"


@dataclass(frozen=True, slots=True)
class Commissioned:
    """Who commissioned a terminal, when, and the list as it was filled."""

    at: datetime
    by: str
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Installation:
    """A terminal that is or was commissioned. `own`: does the viewer's unit do so?"""

    id: int
    serial: str
    protocol: str
    unit_name: str
    heard: Heard
    stages: tuple[Stage, ...]
    photos: tuple[int, ...]
    done: Commissioned | None
    own: bool


def _visible(scope: Scope) -> ColumnElement[bool]:
    """Condition on Terminal: one's own unit's; in service in the territory; registered there, to be decided on."""
    mine = Terminal.unit_id == scope.unit if scope.unit is not None else false()
    seen = Terminal.admitted.is_not(None) & territory.terminals(scope)
    if not scope.may(Permission.KEEP_TERMINALS):
        return or_(mine, seen)
    return or_(mine, seen, territory.terminals(scope), Terminal.area.startswith(scope.area_prefix))


def one(session: Session, scope: Scope, now: datetime, terminal: int) -> Installation | None:
    """A registered terminal's commissioning, None when it is not the viewer's to see."""
    scope.need(Permission.SEE_TERMINALS)
    query = (
        select(Terminal, TerminalState, Commissioning, Unit.name.label("unit_name"), Account.name.label("by"))
        .join(Unit, Unit.id == Terminal.unit_id)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .outerjoin(Commissioning, Commissioning.terminal_id == Terminal.id)
        .outerjoin(Account, Account.id == Commissioning.account_id)
        .where(Terminal.id == terminal, Terminal.verified, _visible(scope))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    t, heard = row.Terminal, _heard(session, row, now)
    shown = select(InstallationPhoto.id).where(InstallationPhoto.terminal_id == terminal).order_by(InstallationPhoto.id)
    return Installation(
        id=t.id, serial=t.serial, protocol=t.protocol, unit_name=row.unit_name, heard=heard, stages=stages(heard),
        photos=tuple(session.scalars(shown)), done=_done(row),
        own=scope.unit == t.unit_id and scope.may(Permission.REGISTER_TERMINALS),
    )  # fmt: skip


def _heard(session: Session, row: AnyRow, now: datetime) -> Heard:
    t, state = row.Terminal, row.TerminalState
    return Heard(
        protocol=t.protocol,
        registered=t.registered,
        first_seen=t.first_seen,
        last_seen=state.last_seen if state else None,
        facts=state.facts if state else {},
        skew_ms=state.skew_ms if state else None,
        punched=_punched(session, t.id, now),
        admitted=t.admitted,
    )


def _punched(session: Session, terminal: int, now: datetime) -> datetime | None:
    """When the first record came that was verified by face and whose time can be true."""
    law, day = parameters.law(), day_of(now)
    ways = [int(method) for method in law.methods(day) if method.name.startswith("FACE")]
    earliest, ahead = law.value("earliest_day", day), timedelta(minutes=law.value("clock_ahead_minutes", day))
    true = Reading.at.between(day_start(earliest), Reading.received + ahead)
    mine = select(func.min(Reading.received)).where(Reading.terminal_id == terminal)
    return session.scalar(mine.where(Reading.method.in_(ways), true))


def _done(row: AnyRow) -> Commissioned | None:
    made = row.Commissioning
    if made is None:
        return None
    told = made.sheet
    notes = {Point(name): text for name, text in told["notes"].items()}
    sheet = Sheet(told["height_cm"] / 100, frozenset(Point(name) for name in told["ticked"]), notes)
    return Commissioned(made.at, row.by or "", sheet)


def photo(session: Session, scope: Scope, number: int) -> bytes | None:
    """A picture, None when its terminal is not the viewer's to see."""
    scope.need(Permission.SEE_TERMINALS)
    query = (
        select(InstallationPhoto.picture)
        .join(Terminal, Terminal.id == InstallationPhoto.terminal_id)
        .where(InstallationPhoto.id == number, _visible(scope))
    )
    sealed = session.scalar(query)
    return keys.current().unseal(sealed, about=ABOUT) if sealed is not None else None


def bare(session: Session, scope: Scope) -> frozenset[int]:
    """Terminals of the territory that still await commissioning: registered by people, and not commissioned.

    Who puts one into service from the command line answers for it; it may be commissioned, and is not waited for.
    """
    scope.need(Permission.SEE_TERMINALS)
    made = select(Commissioning.id).where(Commissioning.terminal_id == Terminal.id)
    by_people = Terminal.unit_id.is_not(None), Terminal.registered_by != PROCESS.account
    query = select(Terminal.id).where(*by_people, _visible(scope), ~made.exists())
    return frozenset(session.scalars(query))
