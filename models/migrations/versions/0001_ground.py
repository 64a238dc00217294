"""The ground: tables of the trade, append-only guards, grants, divisions and posts."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from models.database import cursor

revision = "0001"
down_revision = None


def upgrade() -> None:
    # the driver's own cursor: SQLAlchemy would read the percent signs of format() as parameters
    with cursor(op.get_bind()) as driver:
        driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
