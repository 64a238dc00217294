"""Accounts, sign-ins and the audit events (append-only)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Big, Id, Instant, Salt, one_of
from models.places import PROJECT_KINDS
from models.rules.scope import Role


class Account(Base):
    """Role × territory. The province allocates it; the initial password must change."""

    __tablename__ = "account"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint(f"project_kind in {PROJECT_KINDS}", name="project_kind"),
        CheckConstraint("login ~ '^[a-z0-9._-]{2,40}$'", name="login"),
        CheckConstraint("role not in ('owner', 'unit') or unit_id is not null", name="unit_of_role"),
        CheckConstraint("role not in ('city_bureau', 'city_agency') or area is not null", name="area_of_role"),
        CheckConstraint("role <> 'process' or password is null", name="process"),
    )

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    area: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    project_kind: Mapped[str | None]
    unit_id: Mapped[Big | None] = mapped_column(ForeignKey("unit.id"))
    password: Mapped[str | None]  # Argon2id
    must_change: Mapped[bool] = mapped_column(server_default=text("true"))
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))  # one-click entry, marked databases only
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    locked_until: Mapped[Instant | None]
    created: Mapped[Instant]
    disabled: Mapped[Instant | None]


class SignIn(Base):
    """A session: the cookie holds a random token, the table its SHA-256."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account", "account_id"),)

    token: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[Big] = mapped_column(ForeignKey("account.id"))
    began: Mapped[Instant]
    last_seen: Mapped[Instant]
    address: Mapped[str]
    ended: Mapped[Instant | None]


class Invitation(Base):
    """A one-time link for the first security administrator of an empty installation."""

    __tablename__ = "invitation"

    token: Mapped[bytes] = mapped_column(primary_key=True)
    expires: Mapped[Instant]
    used: Mapped[Instant | None]


class Event(Base):
    """审计: who did what, when, with what outcome. No foreign keys, so that it never hinders an act."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_at", "at"),)

    id: Mapped[Id]
    at: Mapped[Instant]
    account_id: Mapped[Big]
    act: Mapped[str]
    subject: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outcome: Mapped[str] = mapped_column(server_default="done")
    salt: Mapped[Salt]
