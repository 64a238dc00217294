"""How long a session lives (等保 8.1.4.1 b: time-out), and what is stored of its token."""

from __future__ import annotations

import hashlib
from datetime import timedelta

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(minutes=480)


def fingerprint(token: str) -> bytes:
    """SHA-256 of a token: the table never holds what a cookie holds."""
    return hashlib.sha256(token.encode()).digest()
