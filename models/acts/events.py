"""The audit event that every act leaves."""

from __future__ import annotations

from typing import Any

from models.accounts import Event
from models.database import At
from models.rules.scope import Scope


def record(at: At, scope: Scope, act: str, **subject: Any) -> None:
    """Append one event: who, what, on what, when. No personal data in `subject`, only ids and plain values."""
    at.session.add(Event(at=at.now, account_id=scope.account, act=act, subject=subject))
