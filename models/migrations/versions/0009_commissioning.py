"""Terminals are commissioned on site: a list, pictures, and the data that arrive; tickets of those that fall silent."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from models.database import cursor

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with cursor(op.get_bind()) as driver:
        driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
