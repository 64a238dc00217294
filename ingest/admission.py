"""Which terminal speaks: what the register knows of a serial, and whether its token is right.

The register is read again every few seconds by whoever needs it first; a request never waits for more than that.
"""

from __future__ import annotations

import hmac
import threading
import time

from models import database
from models.acts.terminals import token_hash
from models.queries import terminals
from models.queries.terminals import Identity
from models.rules.scope import PROCESS

FRESH_SECONDS = 3.0


class Register:
    """The register of terminals as of a few seconds ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Identity] = {}
        self._read = -FRESH_SECONDS

    def find(self, protocol: str, serial: str) -> Identity | None:
        """What is known of a serial; None of an unknown one."""
        if time.monotonic() - self._read > FRESH_SECONDS and self._lock.acquire(blocking=not self._known):
            try:
                with database.reading() as (session, _):
                    self._known = terminals.identities(session, PROCESS)
                self._read = time.monotonic()
            finally:
                self._lock.release()
        return self._known.get((protocol, serial))


def proven(identity: Identity | None, token: str, *, needs_token: bool) -> bool:
    """May what was said be laid to this terminal? Where the protocol has a token, only with the right one."""
    if not needs_token:
        return True
    if identity is None or identity.token_hash is None:
        return False
    return hmac.compare_digest(identity.token_hash, token_hash(token))
