"""Times in service and silences of terminals: of the province to tell our own fault, of the territory to be shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from models.rules.outages import NEAR, Silence, Span
from models.rules.scope import Permission, Scope
from models.terminals import Outage, Terminal


def service(session: Session, scope: Scope, since: datetime, until: datetime) -> dict[int, Span]:
    """Of all terminals of the province that were ever heard: their time in service within a time.

    Whoever shows single ones asks for them by territory: who never spoke cannot fall silent, and only all together
    tell a fault of ours.
    """
    scope.need(Permission.SEE_TERMINALS)
    query = select(Terminal.id, Terminal.admitted, Terminal.disabled).where(
        Terminal.admitted < until, or_(Terminal.disabled.is_(None), Terminal.disabled > since)
    )
    heard = set(session.scalars(text("select terminal_id from terminal_state where last_seen is not null")))
    found = session.execute(query)
    spans = {one: Span(max(since, begin), min(until, ended or until)) for one, begin, ended in found if begin}
    return {one: span for one, span in spans.items() if span.begin < span.end and one in heard}


def silences(session: Session, scope: Scope, since: datetime, until: datetime) -> tuple[Silence, ...]:
    """Silences of all terminals of the province that lie in a time; one that lasts ends with it."""
    scope.need(Permission.SEE_TERMINALS)
    query = select(Outage.terminal_id, Outage.began, Outage.ended).where(
        Outage.began < until, func.coalesce(Outage.ended, text("'infinity'")) > since - NEAR
    )
    return tuple(Silence(one, Span(began, min(ended or until, until))) for one, began, ended in session.execute(query))
