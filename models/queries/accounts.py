"""Who is looking: the scope of a session, and the accounts of a demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts import Account, SignIn
from models.places import Area
from models.processes import Mark
from models.rules.scope import Role, Scope
from models.rules.sessions import ABSOLUTE, IDLE, fingerprint


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in account."""

    scope: Scope
    login: str
    name: str
    area: str
    must_change: bool
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A demonstration account on the sign-in page."""

    login: str
    name: str
    role: Role
    area: str


def viewer(session: Session, token: str, now: datetime) -> Viewer | None:
    """Who holds a session token; None when it ended, idled out or is too old, or the account is disabled."""
    query = (
        select(SignIn, Account, Area.name)
        .join(Account, Account.id == SignIn.account_id)
        .outerjoin(Area, Area.code == Account.area)
        .where(SignIn.token == fingerprint(token), SignIn.ended.is_(None), Account.disabled.is_(None))
        .where(SignIn.last_seen > now - IDLE, SignIn.began > now - ABSOLUTE)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    sign_in, account, area = row
    scope = Scope(account.id, Role(account.role), account.area, account.project_kind, account.unit_id)
    return Viewer(scope, account.login, account.name, area or "湖南省", account.must_change, sign_in.last_seen)


def demonstration(session: Session) -> tuple[Entry, ...]:
    """One account a role, only on a database marked as demonstration."""
    if mark(session) != "demonstration":
        return ()
    query = (
        select(Account.login, Account.name, Account.role, Area.name)
        .outerjoin(Area, Area.code == Account.area)
        .where(Account.demonstration, Account.disabled.is_(None))
        .order_by(Account.id)
    )
    return tuple(Entry(login, name, Role(role), area or "") for login, name, role, area in session.execute(query))


def mark(session: Session) -> str | None:
    """The database's mark: demonstration, scratch or none."""
    return session.scalar(select(Mark.kind))
