"""Closed months are settled, an engagement at a time; a strip names the posts held: rankings and heatmaps read less."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from models.database import cursor

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # the driver's own cursor: SQLAlchemy would read colons as parameters
    with cursor(op.get_bind()) as driver:
        driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
