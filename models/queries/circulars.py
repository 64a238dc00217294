"""Papers: the list, one paper's bytes, and its figures frozen as JSON and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, undefer

from models import wording
from models.accounts import Account
from models.circulars import Circular
from models.places import Area
from models.queries.rows import CircularRow, Ranking
from models.rules.instants import Period
from models.rules.scope import Permission, Scope


def visible(scope: Scope) -> ColumnElement[bool]:
    """Condition on Circular: issued figures for every official role; an area's drafts for those whose area holds it."""
    return true() if len(scope.area_prefix) == 2 else Circular.area == scope.area


def listing(session: Session, scope: Scope, limit: int = 100) -> tuple[CircularRow, ...]:
    """Papers, newest first. An owner or unit sees none of the working papers."""
    scope.need(Permission.SEE_PAPERS)
    if scope.unit is not None:
        return ()
    query = (
        select(Circular, Area.name, Account.name, func.length(Circular.pdf))
        .join(Area, Area.code == Circular.area)
        .join(Account, Account.id == Circular.requested_by)
        .where(visible(scope))
        .order_by(Circular.id.desc())
        .limit(limit)
    )
    return tuple(_row(paper, area, account, size) for paper, area, account, size in session.execute(query))


def _row(paper: Circular, area: str, account: str, size: int | None) -> CircularRow:
    title = f"{wording.period(Period.parse(paper.period))}{area}{wording.PAPERS[paper.kind]}"
    return CircularRow(
        *(paper.id, paper.kind, paper.period, area, title, paper.state, paper.progress, paper.error),
        *(paper.requested, account, paper.as_of, paper.digest or "", size or 0),
    )


def pdf(session: Session, scope: Scope, paper: int) -> tuple[str, bytes] | None:
    """File name and bytes of a ready paper, None when there is none in the territory."""
    scope.need(Permission.SEE_PAPERS)
    if scope.unit is not None:
        return None
    query = select(Circular, Area.name).join(Area, Area.code == Circular.area).options(undefer(Circular.pdf))
    row = session.execute(query.where(visible(scope), Circular.id == paper, Circular.state == "ready")).one_or_none()
    if row is None:
        return None
    return f"{row[1]}{wording.period(Period.parse(row[0].period))}履约监管{wording.PAPERS[row[0].kind]}.pdf", bytes(
        row[0].pdf or b""
    )


def queued(session: Session, scope: Scope) -> list[int]:
    """Papers that the worker still has to typeset, oldest first."""
    scope.need(Permission.MAKE_PAPERS)
    return list(
        session.scalars(select(Circular.id).where(Circular.state.in_(("queued", "rendering"))).order_by(Circular.id))
    )


def figures(session: Session, scope: Scope, paper: int) -> tuple[Circular, str, Ranking, Ranking] | None:
    """A paper with its area's name, its frozen ranking and the one of the period before."""
    scope.need(Permission.MAKE_PAPERS)
    query = select(Circular, Area.name).join(Area, Area.code == Circular.area).options(undefer(Circular.figures))
    row = session.execute(query.where(visible(scope), Circular.id == paper)).one_or_none()
    if row is None:
        return None
    return row[0], row[1], thaw(row[0].figures["this"]), thaw(row[0].figures["before"])


def freeze(ranking: Ranking, before: Ranking) -> dict[str, Any]:
    """Two rankings as plain JSON. Persons are left out: a paper names units only."""
    return {"this": _plain(ranking, leave=("people",)), "before": _plain(before, leave=("people",))}


def _plain(value: Any, leave: tuple[str, ...] = ()) -> Any:
    if names := _names(value):
        return {name: [] if name in leave else _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _names(row: Any) -> tuple[str, ...]:
    """The fields of a row or of its class, none of anything else."""
    if is_dataclass(row):
        return tuple(f.name for f in fields(row))
    return getattr(row, "_fields", ())


def thaw(plain: Mapping[str, Any]) -> Ranking:
    """A frozen ranking, as it was."""
    return _build(Ranking, plain)  # type: ignore[no-any-return]


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _build_row(kind: Any, plain: Mapping[str, Any]) -> Any:
    return kind(**{name: _build(hint, plain[name]) for name, hint in _hints(kind).items() if name in plain})


def _build(kind: Any, plain: Any) -> Any:
    if _names(kind):
        return _build_row(kind, plain)
    if plain is None:
        return None
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        kinds = [inner[0]] * len(plain) if len(inner) == 2 and inner[1] is Ellipsis else inner
        return tuple(_build(k, item) for k, item in zip(kinds, plain, strict=True))
    if kind is datetime:
        return datetime.fromisoformat(plain)
    return Decimal(plain) if kind is Decimal else plain
