"""Is the installation ready, and how much does it hold: for /readyz, /metrics and the freshness stamp."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models import migrations
from models.processes import Beat
from models.terminals import TerminalState

ALIVE = timedelta(seconds=90)


def migrated(session: Session) -> bool:
    """Is the database at the newest revision?"""
    return migrations.current(session.connection()) == migrations.newest()


def alive(session: Session, process: str, now: datetime) -> bool:
    """Did a background process give a sign of life in the last 90 s?"""
    seen = session.scalar(select(Beat.at).where(Beat.process == process))
    return seen is not None and now - seen < ALIVE


def freshest(session: Session) -> datetime | None:
    """When any terminal was last heard."""
    return session.scalar(select(func.max(TerminalState.last_seen)))


def sizes(session: Session) -> dict[str, int]:
    """Estimated rows of the big tables and exact ones of the small, for /metrics."""
    query = text(
        "select p.relname, coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint from pg_class p "
        "join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid "
        "where p.relname in ('reading', 'punch', 'request') group by 1"
    )
    return {str(name): int(rows) for name, rows in session.execute(query)}
