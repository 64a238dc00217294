"""Which terminals have commands waiting, kept in memory: only a poll of one of those opens a transaction."""

from __future__ import annotations

import logging
import os
import threading
import time

from ingest.protocols.table import Dialect
from models import database
from models.acts import commands as acts
from models.queries import commands
from models.rules.scope import PROCESS

SECONDS = 2.0
IDLE_SECONDS = 60.0
log = logging.getLogger(__name__)

Told = tuple[dict[str, str], tuple[tuple[str, str], ...]]


class Outbox:
    """The terminals with open commands as of two seconds ago. Each process has its own, kept by a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: frozenset[int] = frozenset()
        self._process = 0
        self._asked = 0.0

    def waits(self, terminal: int) -> bool:
        """Has this terminal commands waiting? Costs no database."""
        self._asked = time.monotonic()
        if self._process != os.getpid():
            self._start()
        return terminal in self._waiting

    def _start(self) -> None:
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def refresh(self) -> None:
        """Read who waits."""
        with database.reading() as (session, _):
            self._waiting = commands.waiting(session, PROCESS)

    def _run(self) -> None:
        while True:
            try:
                self.refresh()
            except Exception as error:  # noqa: BLE001  the thread must outlive a database that is away
                log.warning("who waits for commands is not known: %s", type(error).__name__)
            time.sleep(SECONDS)
            with self._lock:
                if time.monotonic() - self._asked > IDLE_SECONDS:  # nobody polls: the next one begins anew
                    self._process = 0
                    return


def hand_out(dialect: Dialect, terminal: int) -> Told:
    """What is known of a terminal and the commands it is told now, marked as handed out and committed."""
    with database.reading() as (session, _):
        facts = commands.facts(session, PROCESS, terminal)
    orders = acts.hand(PROCESS, terminal)
    told = [(order.id, dialect.write(order, facts)) for order in orders]
    if mute := [number for number, words in told if not words]:
        acts.unfit(PROCESS, mute)
    return facts, tuple((str(number), words) for number, words in told if words)
