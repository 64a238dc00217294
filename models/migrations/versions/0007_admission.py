"""Terminals are registered, confirmed, sent back and disabled by people; units keep their lines."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from models.database import cursor

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with cursor(op.get_bind()) as driver:
        driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
