"""Papers: the quarterly circular and the monthly notice, queued, rendered by the worker, frozen when ready."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, one_of

STATES = ("queued", "rendering", "ready", "failed")


class Circular(Base):
    """A paper. `figures` are frozen when it is asked for; `pdf` and `digest` when it is rendered."""

    __tablename__ = "circular"
    __table_args__ = (
        one_of("kind", ("circular", "notice")),
        one_of("state", STATES),
        CheckConstraint("progress between 0 and 100", name="progress"),
        CheckConstraint("(state = 'ready') = (pdf is not null) and (pdf is null) = (digest is null)", name="ready"),
        CheckConstraint("(state = 'failed') = (error <> '')", name="failed"),
        Index("ix_circular_due", "id", postgresql_where=text("state in ('queued', 'rendering')")),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    period: Mapped[str]
    area: Mapped[str] = mapped_column(ForeignKey("area.code"))
    as_of: Mapped[Instant]
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, deferred=True)
    requested: Mapped[Instant]
    requested_by: Mapped[Big] = mapped_column(ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(server_default="queued")
    progress: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    error: Mapped[str] = mapped_column(server_default="")
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str | None]
