"""Group commit: requests that arrive together share a transaction, and none is answered before its commit.

A group that fails is halved until the one reading that cannot be recorded stands alone; it is quarantined with its
error, committed, and acknowledged, so that it never blocks the terminal's other records. A database that does not
answer is another matter: nothing is acknowledged and the terminal sends again.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import replace

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from models.acts import attendance
from models.acts.arrivals import TooManyUnknown
from models.rules.readings import Arrival
from models.rules.scope import PROCESS

WRITERS = 1  # a process; more only fight for the same cores, pages and locks, and make smaller groups
MAX_GROUP = 256  # requests
MAX_READINGS = 500  # a tenth of a second: so long waits who comes meanwhile
FEW = 10  # readings of a push that is no backlog
LINGER = 0.003  # seconds a writer lets others join, where the last group had any: a commit costs as much for all
PATIENCE = 25.0  # seconds a request waits for its commit
log = logging.getLogger(__name__)

_Waiting = tuple[Arrival, "Future[None]"]


class Unavailable(Exception):
    """Nothing was recorded: the terminal must send again."""


class Intake:
    """What waits for the writers. Each process has its own, started by the first arrival after a fork.

    Pushes of few records and backlogs take turns: who has just punched waits for one group of those that were away
    for a month, not for all of them.
    """

    def __init__(self) -> None:
        self._bell = threading.Condition()
        self._few: deque[_Waiting] = deque()
        self._many: deque[_Waiting] = deque()
        self._process = 0
        self._last = 0  # requests of the last group
        self._turn = False  # of the few: the last group was of a backlog

    def submit(self, arrival: Arrival) -> Future[None]:
        """Put an arrival into the queue: done when it is committed, or failed with Unavailable."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # who no longer waits cannot take back what may be committed
        with self._bell:
            self._start()
            (self._few if len(arrival.readings) <= FEW else self._many).append((arrival, done))
            self._bell.notify()
        return done

    def record(self, arrival: Arrival) -> None:
        """Return when the arrival is committed; Unavailable when it is not."""
        try:
            self.submit(arrival).result(PATIENCE)
        except TimeoutError as late:
            raise Unavailable("the database is too slow") from late

    def _start(self) -> None:
        if self._process != os.getpid():
            self._process, self._few, self._many = os.getpid(), deque(), deque()
            for number in range(WRITERS):
                threading.Thread(target=self._write, name=f"writer-{number}", daemon=True).start()

    def _write(self) -> None:
        while True:
            _commit(self._group())

    def _group(self) -> list[_Waiting]:
        """What waits, within limits; the first one alone where nothing came with it lately."""
        with self._bell:
            while not (self._few or self._many):
                self._bell.wait()
        if self._last > 1:
            time.sleep(LINGER)
        with self._bell:
            backlog = self._many and not (self._few and self._turn)
            waiting, self._turn = (self._many, True) if backlog else (self._few, False)
            group, room = list[_Waiting](), MAX_READINGS
            while waiting and room > 0 and len(group) < MAX_GROUP:
                group.append(waiting.popleft())
                room -= len(group[-1][0].readings)
        self._last = len(group)
        return group


def _commit(group: list[_Waiting]) -> None:
    try:
        record([arrival for arrival, _ in group])
    except TooManyUnknown as full:
        if len(group) == 1:
            group[0][1].set_exception(Unavailable(str(full)))
            return
        for one in group:  # the register is full for strangers: the registered ones beside them are recorded
            _commit([one])
    except BaseException as error:  # noqa: BLE001 - whatever it is, the requests that wait must hear of it
        for _, done in group:
            done.set_exception(error if isinstance(error, Unavailable) else Unavailable(str(error)))
    else:
        for _, done in group:
            done.set_result(None)


def record(group: list[Arrival]) -> None:
    """Record a group in one transaction, or its halves, or quarantine what cannot be.

    Unavailable: no database. TooManyUnknown: an unknown terminal among them finds no room; nothing was recorded.
    """
    try:
        attendance.intake(PROCESS, group)
    except TooManyUnknown:
        raise
    except (OperationalError, InterfaceError, ProgrammingError, NoConnectionFree) as error:
        # A ProgrammingError is a missing right or column: the installation's fault, never a reading's.
        raise Unavailable(type(error).__name__) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("the connection broke") from error
        _halve(group, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, one reading must not block the others
        _halve(group, error)


def _halve(group: list[Arrival], error: Exception) -> None:
    if len(group) > 1:
        middle = len(group) // 2
        record(group[:middle])
        record(group[middle:])
        return
    arrival = group[0]
    if arrival.readings and (arrival.events or arrival.numbered or arrival.results):  # its log must not cost a record
        record([replace(arrival, events=(), numbered=(), results=())])
        record([replace(arrival, readings=(), refusals=())])
        return
    if arrival.readings and arrival.refusals:  # what could not be read is kept whatever becomes of the readings
        record([replace(arrival, readings=())])
        record([replace(arrival, refusals=())])
        return
    if len(arrival.readings) > 1:
        middle = len(arrival.readings) // 2
        record([replace(arrival, readings=arrival.readings[:middle])])
        record([replace(arrival, readings=arrival.readings[middle:])])
        return
    log.error("a reading is quarantined: %s", type(error).__name__)
    attendance.quarantine(PROCESS, arrival, f"{type(error).__name__}: {error}"[:500])
