"""Tickets: opened by the worker when a silence lasts, assigned and closed by people; a closed one stays closed."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from models.acts import events
from models.acts.registration import Unfit
from models.database import At, transaction
from models.queries import tickets
from models.queries.territory import need_terminal
from models.rules.outages import Cause
from models.rules.registration import reason
from models.rules.scope import Permission, Refused, Scope
from models.terminals import Outage, Terminal
from models.tickets import Ticket

LONGEST = 40  # of whom it is given to


def open_due(scope: Scope) -> int:
    """Open a ticket for each silence that has lasted long enough; none for what is our own fault. Repeatable."""
    scope.need(Permission.KEEP_TERMINALS)
    with transaction() as at:
        waiting = tickets.due(at.session, scope, at.now)
        found = tickets.causes(at.session, scope, at.now, waiting)
        rows = [
            {"outage_id": outage, "opened": at.now, "cause": cause.value}
            for outage, cause in sorted(found.items())
            if cause is not Cause.OWN
        ]
        if not rows:
            return 0
        statement = insert(Ticket).values(rows).on_conflict_do_nothing(index_elements=["outage_id"])
        made = at.session.scalars(statement.returning(Ticket.id)).all()
        for ticket in made:
            events.record(at, scope, "open ticket", ticket=ticket)
        return len(made)


def assign(scope: Scope, ticket: int, whom: str, note: str = "") -> None:
    """Say who sees to it, and what is to be known."""
    told = " ".join(whom.replace("\0", "").split())
    if not 1 <= len(told) <= LONGEST or not told.isprintable():
        raise Unfit("assigned")
    if note.strip() and not reason(note):
        raise Unfit("note")
    with transaction() as at:
        row = _open(at, scope, ticket)
        row.assigned, row.note = told, reason(note)
        events.record(at, scope, "assign ticket", ticket=ticket)


def close(scope: Scope, ticket: int, remedy: str) -> None:
    """Close a ticket with what was done."""
    if not reason(remedy):
        raise Unfit("remedy")
    with transaction() as at:
        row = _open(at, scope, ticket)
        row.closed, row.closed_by, row.remedy = at.now, scope.account, reason(remedy)
        events.record(at, scope, "close ticket", ticket=ticket)


def _open(at: At, scope: Scope, ticket: int) -> Ticket:
    """The ticket, locked; Refused unless it is open and its terminal the account's to see to."""
    row = at.session.get(Ticket, ticket, with_for_update=True)
    if row is None:
        raise Refused(f"ticket {ticket} is not in this account's territory")
    terminal = at.session.get_one(Terminal, at.session.get_one(Outage, row.outage_id).terminal_id)
    need_terminal(at.session, scope, terminal.id)
    if not tickets.keeps(scope, terminal.unit_id):
        raise Refused("a ticket is seen to by the terminal's unit or by who keeps terminals")
    if row.closed is not None:
        raise Refused("this ticket is closed already")
    return row
