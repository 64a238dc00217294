"""Tallies and strips: what maps, rankings and heatmaps read, derived from the window facts."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from models.database import cursor

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # the driver's own cursor: SQLAlchemy would read colons as parameters
    with cursor(op.get_bind()) as driver:
        driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
