"""Last contacts, kept in memory and flushed once a second: heartbeats outnumber punches ten to forty times."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from models.acts import terminals
from models.acts.terminals import Contact
from models.rules.readings import Key
from models.rules.scope import PROCESS

SECONDS = 1.0
log = logging.getLogger(__name__)


class Heartbeats:
    """Contacts since the last flush. Each process has its own, started by the first contact after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: dict[Key, Contact] = {}
        self._process = 0

    def heard(self, contact: Contact) -> None:
        """Note a contact; costs no database."""
        with self._lock:
            known = self._new.get(contact.key)
            self._new[contact.key] = _join(known, contact) if known else contact
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._run, name="heartbeats", daemon=True).start()

    def flush(self) -> int:
        """Write what was heard; it is kept when the database does not answer. Returns the number of terminals."""
        with self._lock:
            new, self._new = self._new, {}
        if not new:
            return 0
        try:
            terminals.seen(PROCESS, list(new.values()))
        except SQLAlchemyError as error:
            log.warning("contacts of %d terminals wait: %s", len(new), type(error).__name__)
            with self._lock:
                for key, contact in new.items():
                    later = self._new.get(key)
                    self._new[key] = _join(contact, later) if later else contact
        return len(new)

    def _run(self) -> None:
        while True:
            time.sleep(SECONDS)
            try:
                self.flush()
            except Exception:  # the thread must outlive whatever one contact does
                log.exception("contacts could not be written")


def _join(a: Contact, b: Contact) -> Contact:
    """The later contact, with what either told."""
    punches = [at for at in (a.last_punch, b.last_punch) if at]
    return replace(
        b,
        instant=max(a.instant, b.instant),
        since=min(a.since or a.instant, b.since or b.instant),
        last_punch=max(punches) if punches else None,
        skew_ms=b.skew_ms if b.skew_ms is not None else a.skew_ms,
        facts={**a.facts, **b.facts},
    )
