"""Absences that approved requests make: leave, stoppage, unified pause, accepted terminal fault."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, During, Id, Instant, one_of, whole_range

KINDS = ("leave", "stoppage", "pause", "fault")


class Absence(Base):
    """Time that is not duty, once approved. A counter-decision revokes it; it is never edited.

    leave: a person · stoppage: a project, one of its sections, or one engagement · pause: a project or all ·
    fault: a project.
    """

    __tablename__ = "absence"
    __table_args__ = (
        whole_range(),
        one_of("kind", KINDS),
        CheckConstraint("(kind = 'leave') = (person_id is not null)", name="leave_of_person"),
        CheckConstraint("kind in ('leave', 'pause') or project_id is not null", name="of_project"),
        CheckConstraint("kind = 'stoppage' or (section_id is null and engagement_id is null)", name="part"),
        CheckConstraint("revoked >= approved", name="revoked"),
        ForeignKeyConstraint(["section_id", "project_id"], ["section.id", "section.project_id"]),
        Index("ix_absence_person", "person_id"),
        Index("ix_absence_project", "project_id"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    person_id: Mapped[Big | None] = mapped_column(ForeignKey("person.id"))
    project_id: Mapped[Big | None] = mapped_column(ForeignKey("project.id"))
    section_id: Mapped[Big | None]
    engagement_id: Mapped[Big | None] = mapped_column(ForeignKey("engagement.id"))
    during: Mapped[During]
    reason: Mapped[str]
    approved: Mapped[Instant]
    approved_by: Mapped[Big]
    revoked: Mapped[Instant | None]
