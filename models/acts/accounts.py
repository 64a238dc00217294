"""Accounts and sign-ins: opening, signing in with lockout, sessions, the invitation of the first administrator."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import func, select, update

from models.accounts import Account, Invitation, SignIn
from models.acts import events
from models.database import At, transaction
from models.processes import Mark
from models.rules import passwords
from models.rules.scope import PROCESS, Permission, Refused, Role, Scope
from models.rules.sessions import fingerprint

_HASHER = PasswordHasher()
ATTEMPTS, LOCK = 5, timedelta(minutes=20)
INVITATION = timedelta(hours=1)


class WrongPassword(Exception):
    """Name or password is wrong, or the account is locked; the message does not say which of the first two."""


def open_account(
    scope: Scope,
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    area: str | None = None,
    kind: str | None = None,
    unit: int | None = None,
    demonstration: bool = False,
) -> int:
    """Open an account with an initial password that must be changed (not in a demonstration)."""
    scope.need(Permission.ALLOCATE)
    passwords.check(password, login)
    territory = {"area": area, "project_kind": kind, "unit_id": unit}
    with transaction() as at:
        if demonstration and at.session.scalar(select(Mark.kind)) is None:
            raise Refused("demonstration accounts belong to a demonstration database only")
        account = Account(login=login, name=name, demonstration=demonstration, **territory)
        return _open(at, scope, account, role, password)


def _open(at: At, scope: Scope, account: Account, role: Role, password: str) -> int:
    account.role, account.password = role.value, _HASHER.hash(password)
    account.must_change, account.created = not account.demonstration, at.now
    at.session.add(account)
    at.session.flush()
    events.record(at, scope, "open account", account=account.id, role=role.value)
    return account.id


def sign_in(login: str, password: str, address: str) -> str:
    """Check a password and begin a session; returns its token, else WrongPassword. Five failures lock for 20 min."""
    with transaction() as at:
        account = at.session.scalar(select(Account).where(Account.login == login).with_for_update())
        wrong = _refusal(at, account, password)
        if account is not None and wrong is None:
            account.failures, account.locked_until = 0, None
            return _begin(at, account, address)
        if account is not None:
            account.failures += 1
            if account.failures >= ATTEMPTS:
                account.failures, account.locked_until = 0, at.now + LOCK
            events.record(at, PROCESS, "sign-in refused", account=account.id, address=address)
    raise WrongPassword(wrong)


def _refusal(at: At, account: Account | None, password: str) -> str | None:
    if account is None or account.password is None or account.disabled is not None:
        _HASHER.hash(password)  # as slow as a known name, so that names cannot be probed
        return "wrong"
    if account.locked_until is not None and at.now < account.locked_until:
        return "locked"
    try:
        _HASHER.verify(account.password, password)
    except VerificationError:
        return "wrong"
    return None


def enter_demonstration(login: str, address: str) -> str:
    """Begin a session of a demonstration account without a password; only on a database marked as demonstration."""
    with transaction() as at:
        marked = at.session.scalar(select(Mark.kind).where(Mark.kind == "demonstration"))
        account = at.session.scalar(
            select(Account).where(Account.login == login, Account.demonstration, Account.disabled.is_(None))
        )
        if marked is None or account is None:
            raise WrongPassword("wrong")
        return _begin(at, account, address)


def _begin(at: At, account: Account, address: str) -> str:
    token = secrets.token_urlsafe(32)
    at.session.add(
        SignIn(token=fingerprint(token), account_id=account.id, began=at.now, last_seen=at.now, address=address)
    )
    events.record(at, Scope(account.id, Role(account.role)), "sign in", address=address)
    return token


def sign_out(token: str) -> None:
    """End a session."""
    with transaction() as at:
        ended = update(SignIn).where(SignIn.token == fingerprint(token), SignIn.ended.is_(None)).values(ended=at.now)
        at.session.execute(ended)


def still_here(token: str, now: datetime) -> None:
    """Move a session's idle clock; called at most once a minute a session."""
    with transaction() as at:
        at.session.execute(
            update(SignIn)
            .where(SignIn.token == fingerprint(token), SignIn.ended.is_(None))
            .values(last_seen=func.greatest(SignIn.last_seen, now))
        )


def change_password(scope: Scope, old: str, new: str, token: str = "") -> None:
    """Change one's own password; all sessions of the account end but the one with this token."""
    wrong = False
    with transaction() as at:
        account = at.session.get_one(Account, scope.account, with_for_update=True)
        passwords.check(new, account.login)
        try:
            _HASHER.verify(account.password or "", old)
        except VerificationError:
            wrong = True
        else:
            account.password, account.must_change = _HASHER.hash(new), False
            others = SignIn.account_id == account.id, SignIn.token != fingerprint(token), SignIn.ended.is_(None)
            at.session.execute(update(SignIn).where(*others).values(ended=at.now))
            events.record(at, scope, "change password")
    if wrong:
        raise WrongPassword("wrong")


def invite_first(scope: Scope) -> str:
    """A one-time token (1 h) for the first security administrator; Refused once one exists."""
    scope.need(Permission.ALLOCATE)
    with transaction() as at:
        if at.session.scalar(select(Account.id).where(Account.role == Role.SECURITY.value)):
            raise Refused("there is a security administrator already: ask that person for an account")
        token = secrets.token_urlsafe(24)
        at.session.add(Invitation(token=fingerprint(token), expires=at.now + INVITATION))
        events.record(at, scope, "invite first administrator")
        return token


def accept_invitation(token: str, login: str, name: str, password: str) -> None:
    """Open the first security administrator's account; Refused when the link is used, old or wrong.

    The link is spent with the account's opening or not at all: a weak password may be tried again.
    """
    passwords.check(password, login)
    with transaction() as at:
        row = at.session.get(Invitation, fingerprint(token), with_for_update=True)
        if row is None or row.used is not None or at.now > row.expires:
            raise Refused("this invitation is not valid any more: make a new one with `flask invite-first`")
        row.used = at.now
        account = Account(login=login, name=name, demonstration=False)
        _open(at, PROCESS, account, Role.SECURITY, password)
        account.must_change = False  # chosen just now by the person it belongs to
