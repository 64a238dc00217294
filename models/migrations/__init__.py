"""Alembic migrations: they run forward from any landed state without losing a row."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text


def _config(url: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(owner_url: str) -> None:
    """Bring a database to the newest state, as its owner."""
    command.upgrade(_config(owner_url), "head")


def newest() -> str:
    """The revision that the program expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head, "no migration found"
    return head


def current(connection: Connection) -> str | None:
    """The revision that a database is at, None before the first."""
    if connection.scalar(text("select to_regclass('alembic_version')")) is None:
        return None
    found: str | None = connection.scalar(text("select version_num from alembic_version"))
    return found
