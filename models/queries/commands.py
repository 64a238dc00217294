"""Commands of a terminal as its page shows them; who waits for some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts import Account
from models.commands import Command
from models.people import Person
from models.queries import territory
from models.queries.terminals import known_people
from models.rules.commands import Kind, State, meaning, state
from models.rules.scope import Permission, Scope
from models.terminals import Terminal, TerminalState


@dataclass(frozen=True, slots=True)
class Row:
    """A command. `person` is empty where the viewer may not see people; `by` is empty for the platform itself."""

    id: int
    kind: Kind
    number: str
    person: str
    queued: datetime
    by: str
    handed: datetime | None
    tries: int
    done: datetime | None
    state: State
    outcome: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a terminal's commands stand: how many wait, since when, how many of the last week failed."""

    open: int
    oldest: datetime | None
    failed: int


def listing(session: Session, scope: Scope, terminal: int, most: int = 12) -> tuple[Row, ...]:
    """A terminal's commands: open ones first, then the newest."""
    scope.need(Permission.SEE_TERMINALS)
    ended = Command.done.is_not(None) | Command.cancelled.is_not(None)
    query = (
        select(Command, Person.name, Account.name)
        .join(Terminal, Terminal.id == Command.terminal_id)
        .outerjoin(Person, Person.id == Command.person_id)
        .outerjoin(Account, Account.id == Command.queued_by)
        .where(territory.terminals(scope), Terminal.id == terminal)
        .order_by(ended, Command.id.desc())
        .limit(most)
    )
    rows = session.execute(query).all()
    known = known_people(session, scope, {command.person_id for command, _, _ in rows})
    return tuple(_row(c, person if c.person_id in known and person else "", by or "") for c, person, by in rows)


def _row(c: Command, person: str, by: str) -> Row:
    stands = state(c.handed, c.done, c.code, c.cancelled)
    outcome = "" if c.done is None else c.words or meaning(c.code)
    return Row(c.id, Kind(c.kind), c.number, person, c.queued, by, c.handed, c.tries, c.done, stands, outcome)


def standing(session: Session, scope: Scope, terminal: int, since: datetime) -> Standing:
    """How a terminal's commands stand; failures since an instant, those done again since not counted."""
    scope.need(Permission.SEE_TERMINALS)
    waiting = Command.done.is_(None) & Command.cancelled.is_(None)
    failed = (
        (Command.done >= since) & (func.coalesce(Command.code, -1) < 0) & (func.coalesce(Command.code, -1) != -5000)
    )
    query = (
        select(func.count().filter(waiting), func.min(Command.queued).filter(waiting), func.count().filter(failed))
        .join(Terminal, Terminal.id == Command.terminal_id)
        .where(territory.terminals(scope), Terminal.id == terminal, waiting | failed)
    )
    return Standing(*session.execute(query).one())


def waiting(session: Session, scope: Scope) -> frozenset[int]:
    """Terminals in service with open commands."""
    scope.need(Permission.KEEP_TERMINALS)
    query = (
        select(Command.terminal_id)
        .join(Terminal, Terminal.id == Command.terminal_id)
        .where(Command.done.is_(None), Command.cancelled.is_(None))
        .where(Terminal.admitted.is_not(None), Terminal.disabled.is_(None))
    )
    return frozenset(session.scalars(query.distinct()))


def facts(session: Session, scope: Scope, terminal: int) -> dict[str, str]:
    """What a terminal last told of itself."""
    scope.need(Permission.KEEP_TERMINALS)
    told = session.scalar(select(TerminalState.facts).where(TerminalState.terminal_id == terminal)) or {}
    return {str(name): str(value) for name, value in told.items()}
