"""A paper's life: asked for with its figures frozen, rendered by the worker, ready or failed."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import update

from models.acts import events
from models.circulars import Circular
from models.database import transaction
from models.queries import circulars, credit
from models.rules.instants import Period
from models.rules.scope import Permission, Refused, Scope


def ask(scope: Scope, kind: str, period: str) -> int:
    """Ask for a paper of the viewer's area: its figures are frozen in this transaction, the worker typesets them."""
    scope.need(Permission.MAKE_PAPERS)
    wanted = Period.parse(period)
    if wanted.months != {"circular": 3, "notice": 1}[kind]:
        raise ValueError("a circular is made of a quarter, a notice of a month")
    with transaction() as at:
        # one snapshot for all its figures: a punch that comes meanwhile is in all of them or in none
        at.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        if at.now < wanted.end:
            raise Refused("the period is not over yet")
        before = credit.ranking(at.session, scope, wanted.previous(), at.now, people=0)
        figures = circulars.freeze(credit.ranking(at.session, scope, wanted, at.now, people=0), before)
        paper = Circular(
            kind=kind,
            period=str(wanted),
            area=scope.area or "430000",
            as_of=at.now,
            figures=figures,
            requested=at.now,
            requested_by=scope.account,
        )
        at.session.add(paper)
        at.session.flush()
        events.record(at, scope, "ask for paper", paper=paper.id, kind=kind, period=str(wanted))
        return paper.id


def ask_again(scope: Scope, paper: int) -> None:
    """Queue a failed paper once more."""
    scope.need(Permission.MAKE_PAPERS)
    with transaction() as at:
        statement = update(Circular).where(Circular.id == paper, Circular.state == "failed")
        at.session.execute(statement.where(circulars.visible(scope)).values(state="queued", error="", progress=0))
        events.record(at, scope, "ask for paper again", paper=paper)


def _set(scope: Scope, paper: int, **values: Any) -> None:
    scope.need(Permission.MAKE_PAPERS)
    with transaction() as at:
        unfinished = update(Circular).where(Circular.id == paper, Circular.state.in_(("queued", "rendering")))
        at.session.execute(unfinished.values(**values))


def advance(scope: Scope, paper: int, progress: int) -> None:
    """The worker says how far it is, 0 to 100."""
    _set(scope, paper, state="rendering", progress=progress)


def finish(scope: Scope, paper: int, pdf: bytes) -> None:
    """The paper is typeset; a second finish of the same paper changes nothing."""
    _set(scope, paper, state="ready", progress=100, pdf=pdf, digest=hashlib.sha256(pdf).hexdigest())


def fail(scope: Scope, paper: int, error: str) -> None:
    """The paper could not be typeset; it says why and can be asked for again."""
    _set(scope, paper, state="failed", error=error or "unknown error")
