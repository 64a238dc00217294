"""Many terminals at once: each keeps what is not acknowledged and sends it again, live or from a long backlog.

With chaos, lines are cut before the answer, bodies before their end, and batches come twice: whatever happens on the
way, what was acknowledged must be stored, once.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from ingest.line import Line, written
from ingest.protocols import table
from ingest.protocols.reading import Request, Verification
from ingest.simulator import Simulated
from models import database

BATCH = 128  # records a request, as real terminals with a backlog send them
RETRY = 0.5  # seconds after a refusal; a real terminal waits for its ErrorDelay
MISHAPS = ("cut", "short", "twice")


@dataclass
class Pusher:
    """A terminal: what it still keeps, what was acknowledged, how long its pushes took (seconds)."""

    terminal: Simulated
    kept: deque[Verification] = field(default_factory=deque)
    acknowledged: list[Verification] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    failures: int = 0


@dataclass(frozen=True)
class Crowd:
    """Terminals on lines of their own. `mishap` is the chance of one a push: 0 without chaos."""

    base: str
    chance: Random
    mishap: float = 0.0

    async def empty(self, pusher: Pusher, batch: int = BATCH) -> None:
        """Send all that is kept, oldest first, batch by batch."""
        line = Line(self.base)
        while pusher.kept:
            await self._push(line, pusher, min(batch, len(pusher.kept)))
        line.hang_up()

    async def live(self, pusher: Pusher, every: float, until: Callable[[], bool]) -> None:
        """Now and then a punch and between them polls, until told to stop and nothing is kept."""
        line = Line(self.base)
        await asyncio.sleep(self.chance.uniform(0, every))
        while not until() or pusher.kept:
            if not until():
                number = self.chance.choice(pusher.terminal.numbers)
                pusher.kept.append(Verification(number, database.now() - pusher.terminal.lag))
            await self._push(line, pusher, len(pusher.kept))
            await asyncio.sleep(self.chance.expovariate(1 / every))
            await self._heard(line, _poll(pusher.terminal))
        line.hang_up()

    async def _push(self, line: Line, pusher: Pusher, count: int) -> None:
        records = [pusher.kept[k] for k in range(count)]
        began = time.perf_counter()
        if await self._heard(line, _request(pusher.terminal, records)):
            pusher.took.append(time.perf_counter() - began)
            pusher.acknowledged += (pusher.kept.popleft() for _ in range(count))
        else:
            pusher.failures += 1
            await asyncio.sleep(RETRY)

    async def _heard(self, line: Line, request: bytes) -> bool:
        """Was the push acknowledged? On its way something may befall it."""
        fate = self.chance.choice(MISHAPS) if self.chance.random() < self.mishap else ""
        try:
            if fate in ("cut", "short"):
                await line.say(request if fate == "cut" else request[: -len(request) // 8])
                await asyncio.sleep(self.chance.uniform(0, 0.05))
                line.hang_up()
                return False
            if fate == "twice":
                await line.ask(request)
            return (await line.ask(request)).status == 200
        except (OSError, TimeoutError):
            return False


def _poll(terminal: Simulated) -> bytes:
    dialect = table.named(terminal.protocol)
    return written(dialect.with_token(dialect.module.encode_heartbeat(terminal.serial), terminal.token))


def _request(terminal: Simulated, records: Sequence[Verification]) -> bytes:
    dialect = table.named(terminal.protocol)
    made: Request = dialect.module.encode_records(terminal.serial, records)
    return written(dialect.with_token(made, terminal.token))


def backlog_of(terminal: Simulated, days: int, count: int, chance: Random) -> Iterable[Verification]:
    """`count` punches of the last `days` days, oldest first, no second one of the same number in the same second."""
    end = database.now().replace(microsecond=0)
    step = timedelta(days=days) / count
    return (Verification(chance.choice(terminal.numbers), end - step * (count - k)) for k in range(count))


async def report(crowd: Crowd, pushers: Sequence[Pusher], rate: float, seconds: float) -> str:
    """Let them live for a time, their backlogs first; what was acknowledged and how long it took, in a line."""
    began = time.monotonic()

    async def live(pusher: Pusher) -> None:
        await crowd.empty(pusher)
        await crowd.live(pusher, len(pushers) / rate, lambda: time.monotonic() - began > seconds)

    await asyncio.gather(*(live(pusher) for pusher in pushers))
    return summary(pushers, time.monotonic() - began)


def summary(pushers: Sequence[Pusher], seconds: float) -> str:
    """Punches and pushes acknowledged, a second, and how long a push took."""
    took = sorted(each for pusher in pushers for each in pusher.took)
    punches = sum(len(pusher.acknowledged) for pusher in pushers)
    if not took:
        return "nothing was acknowledged"
    p50, p99 = (took[int(len(took) * share)] * 1e3 for share in (0.5, 0.99))
    failed = sum(pusher.failures for pusher in pushers)
    return (
        f"{punches:,} punches in {len(took):,} pushes acknowledged in {seconds:.0f} s ({len(took) / seconds:,.0f}/s), "
        f"{failed:,} failed and were sent again; p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {took[-1] * 1e3:.0f} ms"
    )
