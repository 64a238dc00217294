"""Terminals that push: vendors' bytes over real HTTP, for the demonstration, tests and load."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from urllib.parse import urlsplit

from ingest.protocols import table
from ingest.protocols.reading import Request, Verification
from ingest.protocols.zkteco.answers import encode_results
from models import database

HEARTBEAT_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Simulated:
    """A terminal and the numbers of the people who use it."""

    serial: str
    protocol: str
    numbers: tuple[str, ...]
    token: str = ""
    lag: timedelta = timedelta(0)  # how slow its clock is


def send(base: str, request: Request, token: str = "", timeout: float = 30.0) -> tuple[int, bytes]:
    """Send one request as a terminal would, on a connection of its own: status and body; OSError when refused."""
    at = urlsplit(base)
    connection = http.client.HTTPConnection(at.hostname or "127.0.0.1", at.port or 80, timeout=timeout)
    headers = {**request.headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        connection.request(request.method, request.target, body=request.body or None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def push(base: str, terminal: Simulated, verifications: Sequence[Verification]) -> bool:
    """Push records; True when the terminal may forget them."""
    return _heard(base, terminal, table.named(terminal.protocol).module.encode_records(terminal.serial, verifications))


def heartbeat(base: str, terminal: Simulated) -> bool:
    """One sign of life; where that is a poll for commands, what was told is done and reported."""
    dialect = table.named(terminal.protocol)
    status, told = _said(base, terminal, dialect.module.encode_heartbeat(terminal.serial))
    report = encode_results(terminal.serial, told) if dialect.takes else None
    return status == 200 and (report is None or _heard(base, terminal, report))


def _heard(base: str, terminal: Simulated, request: Request) -> bool:
    """Was the request taken?"""
    return _said(base, terminal, request)[0] == 200


def _said(base: str, terminal: Simulated, request: Request) -> tuple[int, bytes]:
    """Status and body of the answer, 0 of none. The token stands where the protocol has it."""
    try:
        return send(base, table.named(terminal.protocol).with_token(request, terminal.token))
    except OSError:
        return 0, b""


class Life:
    """A population of terminals: heartbeats, now and then a punch; what is not acknowledged is kept and sent again."""

    def __init__(self, base: str, terminals: Sequence[Simulated], every: float, chance: Random) -> None:
        self.base, self.terminals, self.every, self.chance = base, terminals, every, chance
        self.kept: dict[str, list[Verification]] = {}
        self.beats = {t.serial: time.monotonic() + chance.uniform(0, HEARTBEAT_SECONDS) for t in terminals}

    def run(self, until: Callable[[], bool]) -> int:
        """Live until told to stop; returns how many punches were acknowledged."""
        acknowledged, following = 0, time.monotonic() + 1
        while not until():
            moment = time.monotonic()
            for terminal in self.terminals:
                if self.beats[terminal.serial] <= moment:
                    heartbeat(self.base, terminal)
                    self.beats[terminal.serial] = moment + HEARTBEAT_SECONDS
            if moment >= following:
                acknowledged += self._punch()
                following = moment + self.chance.expovariate(1 / self.every)
            time.sleep(0.2)
        return acknowledged

    def _punch(self) -> int:
        terminal = self.chance.choice([t for t in self.terminals if t.numbers])
        waiting = self.kept.setdefault(terminal.serial, [])
        waiting.append(Verification(self.chance.choice(terminal.numbers), database.now() - terminal.lag))
        if not push(self.base, terminal, waiting):
            return 0
        return len(self.kept.pop(terminal.serial))
