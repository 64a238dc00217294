"""Commands down to terminals; what a terminal's own words tell of tampering and loss."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from models.database import cursor

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with cursor(op.get_bind()) as driver:
        driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
