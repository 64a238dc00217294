"""A month of punches refers to the same month of readings: the check costs the same however many months there are."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from models.database import cursor

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # the driver's own cursor: SQLAlchemy would read the percent signs of format() as parameters
    with cursor(op.get_bind()) as driver:
        driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
