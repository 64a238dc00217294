"""Tickets (故障工单): a silence that somebody must see to, until it is closed with a remedy."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, one_of
from models.rules.outages import Cause


class Ticket(Base):
    """One ticket an outage. `cause` is what it looked like when it was opened; closed ones stay as they are."""

    __tablename__ = "ticket"
    __table_args__ = (
        one_of("cause", Cause),
        CheckConstraint("(closed is null) = (closed_by is null) and (closed is null) = (remedy = '')", name="closed"),
        Index("ix_ticket_open", "opened", postgresql_where=text("closed is null")),
    )

    id: Mapped[Id]
    outage_id: Mapped[Big] = mapped_column(ForeignKey("outage.id"), unique=True)
    opened: Mapped[Instant]
    cause: Mapped[str]
    assigned: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    closed: Mapped[Instant | None]
    closed_by: Mapped[Big | None] = mapped_column(ForeignKey("account.id"))
    remedy: Mapped[str] = mapped_column(server_default="")
