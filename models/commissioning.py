"""Commissioning (安装调试, 附件3): that a terminal was installed as it must be and its data arrive; pictures of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, Salt, Sealed, salted


class Commissioning(Base):
    """A terminal was commissioned, once: by whom, when, on what grounds. Append-only."""

    __tablename__ = "commissioning"
    __table_args__ = (salted(),)

    id: Mapped[Id]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"), unique=True)
    at: Mapped[Instant]
    account_id: Mapped[Big] = mapped_column(ForeignKey("account.id"))
    sheet: Mapped[dict[str, Any]] = mapped_column(JSONB)  # height_cm, points ticked, notes of those that are not
    steps: Mapped[dict[str, Any]] = mapped_column(JSONB)  # step → when, in milliseconds; null where no instant is kept
    photos: Mapped[list[str]] = mapped_column(JSONB)  # SHA-256 of each picture
    salt: Mapped[Salt]


class InstallationPhoto(Base):
    """A picture of an installation, encrypted. It may be taken away until the terminal is commissioned, not after."""

    __tablename__ = "installation_photo"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    id: Mapped[Id]
    terminal_id: Mapped[Big] = mapped_column(ForeignKey("terminal.id"), index=True)
    added: Mapped[Instant]
    added_by: Mapped[Big] = mapped_column(ForeignKey("account.id"))
    picture: Mapped[Sealed] = mapped_column(deferred=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of the picture itself
