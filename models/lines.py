"""Lines (网络线路) over which the terminals of a unit reach the province."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, During, Id, one_of, whole_range

OPERATORS = ("telecom", "mobile", "unicom", "broadcast", "other")


class Line(Base):
    """A line of a unit, at one of its projects or for all. A change ends a row and begins another."""

    __tablename__ = "line"
    __table_args__ = (
        whole_range(),
        one_of("operator", OPERATORS),
        CheckConstraint("bandwidth_mbps between 1 and 100000", name="bandwidth_mbps"),
        CheckConstraint("upper_inf(during) = (ended_by is null)", name="ended"),
    )

    id: Mapped[Id]
    unit_id: Mapped[Big] = mapped_column(ForeignKey("unit.id"), index=True)
    project_id: Mapped[Big | None] = mapped_column(ForeignKey("project.id"))
    operator: Mapped[str]
    bandwidth_mbps: Mapped[int] = mapped_column(Integer)
    contract_end: Mapped[date]
    note: Mapped[str] = mapped_column(server_default="")
    during: Mapped[During]
    entered_by: Mapped[Big]
    ended_by: Mapped[Big | None]
