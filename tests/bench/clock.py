"""How long the steps of a long work take, and of whose processors."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from models.cluster import Cluster, postmaster


@dataclass(frozen=True)
class Spent:
    """Seconds by the wall, and of the processors that worked: this process's and one backend's (no parallel worker)."""

    wall: float
    work: float


class Watch:
    """Measures pieces of work of this process and of the backend with that number, to the nanosecond."""

    def __init__(self, backend: int) -> None:
        self._backend = Path(f"/proc/{backend}/schedstat")

    def spent(self, work: Callable[[], object]) -> Spent:
        wall, labour = time.perf_counter(), self._labour()
        work()
        return Spent(time.perf_counter() - wall, self._labour() - labour)

    def median(self, works: Sequence[Spent]) -> Spent:
        return Spent(median(each.wall for each in works), median(each.work for each in works))

    def _labour(self) -> float:
        return time.process_time() + int(self._backend.read_text().split()[0]) / 1e9


class Clock:
    """Says what was done and how long it took: by the wall, of the server's processors, of this process's."""

    def __init__(self, data_dir: Path) -> None:
        self._server = postmaster(Cluster(data_dir))
        self._last = self._began = self._read()

    def _read(self) -> tuple[float, float, float]:
        own = resource.getrusage(resource.RUSAGE_SELF)
        return time.monotonic(), self._labour(), own.ru_utime + own.ru_stime

    def _labour(self) -> float:
        """Processor time of the server's processes, of those that have ended too."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                number, rest = stat.parent.name, stat.read_text().rpartition(")")[2].split()
                ticks += sum(map(int, rest[11 : 15 if number == str(self._server) else 13])) * (
                    str(self._server) in {number, rest[1]}
                )
        return ticks / os.sysconf("SC_CLK_TCK")

    def __call__(self, done: str) -> None:
        now = self._read()
        self._print(self._last, now, done)
        self._last = now

    def total(self, done: str) -> None:
        self._print(self._began, self._read(), done)

    def _print(self, since: tuple[float, ...], until: tuple[float, ...], done: str) -> None:
        wall, server, own = (b - a for a, b in zip(since, until, strict=True))
        print(f"province: {wall:6.1f} s  processors {server:6.1f} + {own:5.1f} s  {done}", flush=True)
