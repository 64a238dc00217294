"""The engine, the two doors to the database, and the only clock.

`reading()` and `transaction()` give one session and one instant. Inside `history()` (command line, tests) the
instant may be set, if the database is marked as a demonstration or scratch; it only moves forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg2
from sqlalchemy import Connection, Engine, TextClause, create_engine, event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from models.processes import Mark
from models.rules.instants import whole_ms


class At(NamedTuple):
    """One session and the instant at which everything in it happens."""

    session: Session
    now: datetime


class NotBound(RuntimeError):
    """The program has not said yet which database it works on."""


class NoHistory(RuntimeError):
    """A made past is only for databases marked as demonstration or scratch, and only moves forward."""


class Past:
    """The instant of a made past."""

    def __init__(self) -> None:
        self.now: datetime | None = None

    def go(self, instant: datetime) -> None:
        """Move to a later instant; NoHistory when it lies before the one set last."""
        if self.now is not None and instant < self.now:
            raise NoHistory(f"instants only move forward: {instant} is before {self.now}")
        self.now = whole_ms(instant)


_engine: Engine | None = None
_past: ContextVar[Past | None] = ContextVar("past", default=None)


def now() -> datetime:
    """The present instant, in whole milliseconds."""
    return whole_ms(datetime.now(UTC))


def bind(url: str, pool_size: int = 12) -> Engine:
    """Choose the database of this process. Connections are checked before use: a restart of the server is survived."""
    global _engine  # noqa: PLW0603 - one engine a process, chosen at its start
    if _engine is not None:
        _engine.dispose()
    # what a statement was given may be names and numbers of people: no error may carry it into a log
    pool = {"pool_pre_ping": True, "pool_size": pool_size, "max_overflow": 8, "pool_timeout": 10}
    _engine = create_engine(url, hide_parameters=True, **pool)
    event.listen(_engine, "connect", _prepare)
    return _engine


def _prepare(connection: Any, _: ConnectionPoolEntry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set timezone to 'UTC'; set statement_timeout to '60s'; set lock_timeout to '20s'")
    connection.commit()


def engine() -> Engine:
    """The engine of this process; NotBound before `bind`."""
    if _engine is None:
        raise NotBound("no database chosen: call models.database.bind(url) first")
    return _engine


@contextmanager
def cursor(connection: Connection) -> Iterator[Any]:
    """The driver's own cursor (psycopg2, untyped) for what SQLAlchemy cannot pass on: VALUES of many rows, scripts.

    Its errors come out as SQLAlchemy's: whoever tells a lost connection from a bad row knows only those.
    """
    try:
        with closing(connection.connection.cursor()) as driver:
            yield driver
    except psycopg2.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg2.Error) from error


def _instant() -> datetime:
    past = _past.get()
    return past.now if past is not None and past.now is not None else now()


@contextmanager
def reading() -> Iterator[At]:
    """A consistent snapshot that writes nothing."""
    with Session(engine()) as session:
        session.execute(text("set transaction isolation level repeatable read read only"))
        yield At(session, _instant())


@contextmanager
def transaction() -> Iterator[At]:
    """One act: committed as a whole when the block ends, or not at all."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield At(session, _instant())


@contextmanager
def history() -> Iterator[Past]:
    """Acts inside happen at the instant that the given Past says; NoHistory on a database without a mark."""
    with reading() as (session, _):
        if session.scalar(select(Mark.kind)) is None:
            raise NoHistory("this database is not marked as demonstration or scratch: its past cannot be made")
    token = _past.set(past := Past())
    try:
        yield past
    finally:
        _past.reset(token)


def shared(session: Session, *projects: int) -> None:
    """Intake's locks: registers first, then projects in ascending order; shared among writers of punches."""
    _lock(session, _SHARED, projects)


def exclusive(session: Session, *projects: int) -> None:
    """Locks of an act that changes post, duty, badges, services or admission: nobody records punches meanwhile."""
    _lock(session, _EXCLUSIVE, projects)


REGISTERS = 0  # not a project id: the lock of badges, services and admission
# One statement takes them all, row by row in the keys' order: a group of arrivals touches dozens of projects.
_SHARED = text("select pg_advisory_xact_lock_shared(43, key) from unnest(cast(:keys as int[])) as key")
_EXCLUSIVE = text("select pg_advisory_xact_lock(43, key) from unnest(cast(:keys as int[])) as key")


def _lock(session: Session, statement: TextClause, keys: tuple[int, ...]) -> None:
    if keys:
        session.execute(statement, {"keys": sorted(set(keys))})
