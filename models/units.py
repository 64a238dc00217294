"""Units: organisations with their 统一社会信用代码, and their engagements in projects."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, one_of

KINDS = ("owner", "contractor", "supervisor", "laboratory")


class Unit(Base):
    """A legal person; the check digit of its code is verified by the act that enters it."""

    __tablename__ = "unit"
    __table_args__ = (CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$'", name="uscc"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    uscc: Mapped[str] = mapped_column(unique=True)


class Engagement(Base):
    """参建: what a unit is in a project, or in one section of it. A project has exactly one owner."""

    __tablename__ = "engagement"
    __table_args__ = (
        one_of("kind", KINDS),
        CheckConstraint("kind <> 'owner' or section_id is null", name="owner_of_project"),
        UniqueConstraint("id", "kind"),
        UniqueConstraint("project_id", "section_id", "unit_id", "kind", postgresql_nulls_not_distinct=True),
        ForeignKeyConstraint(["section_id", "project_id"], ["section.id", "section.project_id"]),
        Index("uq_engagement_owner", "project_id", unique=True, postgresql_where="kind = 'owner'"),
    )

    id: Mapped[Id]
    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"))
    section_id: Mapped[Big | None]
    unit_id: Mapped[Big] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str]
    contract_sum: Mapped[Decimal] = mapped_column(Numeric(14, 2), default=Decimal(0))
