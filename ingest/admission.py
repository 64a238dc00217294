"""Which terminal speaks: what the register knows of a serial, and whether its token is right.

The register is read again every few seconds by whoever needs it first; a request never waits for more than that.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from ingest.protocols.reading import Decoded
from ingest.protocols.table import Dialect, Secret
from models import database
from models.acts.terminals import token_hash
from models.queries import terminals
from models.queries.terminals import Identity
from models.rules.readings import Key
from models.rules.scope import PROCESS

FRESH_SECONDS = 3.0
NAMELESS = "(none)"  # a request that names no serial is kept too
_MANY = 10_000  # alarms remembered
_MAC = re.compile(r"[0-9a-f]{12}")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whom a request is laid to: the key it is kept under, and what is known of that terminal if it is proven.

    `owner` is the serial of the terminal whose token it carries although its body names another: an alarm.
    """

    key: Key
    identity: Identity | None
    owner: str = ""


class Register:
    """The register of terminals as of a few seconds ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Identity] = {}
        self._bearers: dict[tuple[str, bytes], list[str]] = {}
        self._read = -FRESH_SECONDS
        self._alarmed: set[tuple[str, str]] = set()

    def find(self, protocol: str, serial: str) -> Identity | None:
        """What is known of a serial; None of an unknown one."""
        self.refresh()
        return self._known.get((protocol, serial))

    def speaker(self, dialect: Dialect, token: str, decoded: Decoded) -> Speaker:
        """Whose words these are. Where the protocol has a token, a terminal's only with its own."""
        self.refresh()
        if dialect.secret is Secret.NONE:
            key = (dialect.name, decoded.serial or NAMELESS, True)
            return Speaker(key, self._known.get(key[:2]))
        owners = self._bearers.get((dialect.name, token_hash(token)), []) if token else []
        for serial in owners:
            if serial == decoded.serial or (dialect.secret is Secret.PATH and may_be(serial, decoded)):
                return Speaker((dialect.name, serial, True), self._known.get((dialect.name, serial)))
        held = Speaker((dialect.name, decoded.serial or NAMELESS, False), None, owners[0] if owners else "")
        self._alarm(held)
        return held

    def _alarm(self, held: Speaker) -> None:
        """Say once that a token is used by another: copied, or two addresses interchanged at the terminals."""
        pair = (held.key[1], held.owner)
        if held.owner and pair not in self._alarmed and len(self._alarmed) < _MANY:
            self._alarmed.add(pair)
            log.warning("held: %s speaks with the token of %s %s", held.key[1], held.key[0], held.owner)

    def stale(self) -> bool:
        """Must somebody read it again? Not while somebody does, unless nothing is known yet."""
        return time.monotonic() - self._read > FRESH_SECONDS and not (self._known and self._lock.locked())

    def refresh(self) -> None:
        """Read it again if it is stale."""
        if self.stale() and self._lock.acquire(blocking=not self._known):
            try:
                with database.reading() as (session, _):
                    known = terminals.identities(session, PROCESS)
                bearers: dict[tuple[str, bytes], list[str]] = defaultdict(list)
                for (protocol, serial), identity in known.items():
                    if identity.token_hash is not None:
                        bearers[protocol, identity.token_hash].append(serial)
                self._known, self._bearers = known, dict(bearers)
                self._read = time.monotonic()
            finally:
                self._lock.release()


def may_be(serial: str, decoded: Decoded) -> bool:
    """Whether nothing in a request speaks against its coming from the terminal registered under this serial.

    Many terminals tell no name or only that of their network card.
    """
    registered, told, mac = (_bare(name) for name in (serial, decoded.serial, decoded.facts.get("mac", "")))
    if registered in ("", told, mac) or not told:
        return True
    return _MAC.fullmatch(told) is not None and _MAC.fullmatch(registered) is None


def _bare(name: str) -> str:
    return re.sub("[:. -]", "", name).lower()
