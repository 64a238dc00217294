"""Places: prefectures and counties (GB/T 2260), projects, contract sections."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, one_of

PROJECT_KINDS = ("highway", "waterway")


class Area(Base):
    """An administrative division: province, prefecture or county."""

    __tablename__ = "area"
    __table_args__ = (
        one_of("level", ("province", "prefecture", "county")),
        CheckConstraint("code ~ '^43[0-9]{4}$'", name="code"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[str]
    parent: Mapped[str | None] = mapped_column(ForeignKey("area.code"))


class Project(Base):
    """A project under supervision (一(三)): from the supervision start to handover or confirmed completion."""

    __tablename__ = "project"
    __table_args__ = (
        one_of("kind", PROJECT_KINDS),
        CheckConstraint("handed_over > supervised_from", name="handed_over"),
        CheckConstraint("completed > supervised_from", name="completed"),
        CheckConstraint("longitude between 108 and 115 and latitude between 24 and 31", name="point"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    area: Mapped[str] = mapped_column(ForeignKey("area.code"), index=True)
    longitude: Mapped[float]
    latitude: Mapped[float]
    supervised_from: Mapped[Instant]
    handed_over: Mapped[Instant | None]  # 24:00 of the day
    completed: Mapped[Instant | None]  # 24:00 of the day that the owner confirmed


class Section(Base):
    """A contract section (合同段) of a project."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("project_id", "name"), UniqueConstraint("id", "project_id"))

    id: Mapped[Id]
    project_id: Mapped[Big] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str]
    contract_sum: Mapped[Decimal] = mapped_column(Numeric(14, 2), default=Decimal(0))
