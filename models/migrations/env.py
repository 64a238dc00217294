"""Alembic's environment: one connection, one advisory lock, forward only."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from models.tables import metadata

LOCK = 4_300_001


def run(connection: Connection) -> None:
    """Migrate to the newest state; a second process waits for the first."""
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()


with create_engine(context.config.attributes["url"], poolclass=pool.NullPool).begin() as connection:
    run(connection)
