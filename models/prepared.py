"""Statements of the hot path: planned once a connection, several of them on one way to the server.

The planner takes longer than a push of one record; SQLAlchemy's own text() too. Only intake needs this.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from models.database import cursor


class Prepared(NamedTuple):
    """A statement with the PostgreSQL types of its parameters $1, $2, …; `name` is unique in the program."""

    name: str
    types: tuple[str, ...]
    sql: str


Call = tuple[Any, ...]  # (statement, value, …)


def run(session: Session, *calls: Call) -> list[tuple[Any, ...]]:
    """Run the calls in their order, each with a snapshot of its own; returns the rows of the last one."""
    connection = session.connection()
    known: set[str] = connection.info.setdefault("prepared", set())
    with cursor(connection) as driver:
        for statement, *_ in calls:
            if statement.name not in known:
                driver.execute("prepare " + statement.name + "(" + ", ".join(statement.types) + ") as " + statement.sql)
                known.add(statement.name)
        words = [b"execute " + s.name.encode() + _given(driver, values) for s, *values in calls]
        driver.execute(b"; ".join(words))
        return driver.fetchall() if driver.description else []


def _given(driver: Any, values: list[Any]) -> bytes:
    if not values:
        return b""
    return bytes(driver.mogrify("(" + ", ".join(["%s"] * len(values)) + ")", values))


def columns(rows: list[tuple[Any, ...]], count: int) -> list[list[Any]]:
    """Rows as `count` arrays, as unnest() takes them."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]
