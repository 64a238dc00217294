"""Half a year of punches as columns of numpy, day by day: requests, readings, punches, disqualifications.

Chance is a hash of the seed and of what is decided, so that which windows are met does not depend on how many punches
a met window has: a province of one million and one of ten million differ in nothing but that number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from models.acts.bulk import Lot
from models.rules.instants import epoch_ms, local
from models.rules.readings import Method
from tests.bench.copying import Array, binary_lot, instant, month_of, text_lot
from tests.bench.registers import SEED, Registers
from tests.bench.teams import FOREVER, Teams

HABITS = (0.99, 0.98, 0.98, 0.97, 0.97, 0.96, 0.95, 0.93, 0.90, 0.55)  # share of a person's windows that are met
DAY_MS, OPENING, SLOT = 86_400_000, 23_400, 12_000  # first punches from 6:30 on; one in each slot of 3 h 20 min
FACE, PALM = Method.FACE, Method.PALM  # the second does not count
NOISE = 0.1  # share of missed days with a punch that does not count
STRUCK = 40  # windows, more or less, whose punches are disqualified


def chance(*keys: Array | int) -> Array:
    """Numbers in [0, 1) that depend on the keys alone (splitmix64)."""
    state = np.full(np.broadcast_shapes(*(np.shape(key) for key in keys)) or (1,), SEED, np.uint64)
    for key in keys:
        state = (state ^ np.asarray(key, np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) / float(1 << 53)


@dataclass
class Plan:
    """Seats × days: how many counting punches; where one that does not count; which belong to a struck window."""

    counts: Array
    noise: Array
    struck: Array


def plan(made: Registers, teams: Teams, *, several: bool) -> Plan:
    """Who punches on which day: in each met window once, or three or four times on each of its days."""
    seats = np.arange(len(teams.seats))[:, None]
    days = np.arange(made.horizon)[None, :]
    present = _present(made, teams)
    opens = np.array([seat.site.opens for seat in teams.seats])[:, None]
    window = (days - opens) // 3
    habit = np.array(HABITS)[(chance(1, seats[:, 0]) * len(HABITS)).astype(int)][:, None]
    met = present & (chance(2, seats, window + 1_000) < habit)
    draw = chance(3, seats, days)
    once = met & _chosen(draw, met, opens[:, 0])
    noise = present & ~met & (draw < NOISE)
    struck = chance(4, seats, window + 1_000) < STRUCK * 3 / present.size
    return Plan(np.where(met, 3 + (draw < 0.4), 0) if several else once.astype(int), noise, struck)


def _present(made: Registers, teams: Teams) -> Array:
    """Seats × days: on post and not away."""
    present = np.zeros((len(teams.seats), made.horizon), bool)
    for row, seat in zip(present, teams.seats, strict=True):
        for first, end in seat.spells:
            row[first : min(end, seat.site.closes or FOREVER)] = True
        halts = [(halt.first, halt.end) for halt in teams.halts if halt.covers(seat)]
        for first, end in seat.away + halts:
            row[max(first, 0) : end] = False
    return present


def _chosen(draw: Array, met: Array, opens: Array) -> Array:
    """Of the met days of each window, the one with the lowest draw."""
    chosen = np.zeros(met.shape, bool)
    score = np.where(met, draw, 2.0)
    for phase in range(3):  # windows of a project that opens on day n begin on the days n, n + 3, …
        rows = np.flatnonzero(opens % 3 == phase)
        for begin in range(phase, met.shape[1], 3):
            window = score[rows, begin : begin + 3]
            best = window.argmin(axis=1)
            chosen[rows, begin + best] = window[np.arange(rows.size), best] < 2
    return chosen


class Days:
    """Lots of one day after the other. What came is counted in `readings`; `last` has each terminal's newest punch."""

    def __init__(self, made: Registers, teams: Teams, wanted: Plan) -> None:
        self.made, self.wanted = made, wanted
        self.people = np.array([seat.person for seat in teams.seats])
        self.numbers = np.array([made.rows["badge"][seat.person - 1][1] for seat in teams.seats], "S8")
        self.machines = np.array([seat.machines for seat in teams.seats])
        self.serials = [str(row[2]) for row in made.rows["terminal"]]
        self.last = np.zeros(len(self.serials) + 1, np.int64)
        self.readings = self.requests = 0
        self.struck: list[tuple[int, int, int]] = []

    def lots(self) -> Iterator[Lot]:
        """Requests, readings and punches by days, then what was disqualified and what is known of the terminals."""
        for day in range(self.made.horizon):
            yield from self._day(day)
        yield from self._disqualified()
        yield self._states()

    def _day(self, day: int) -> Iterator[Lot]:
        seats, second, method, machine = self._drawn(day)
        if not seats.size:
            return
        midnight = epoch_ms(self.made.day(day))
        at = midnight + second * 1000
        request, line, received = self._requested(machine, midnight)
        ids = np.arange(self.readings + 1, self.readings + 1 + seats.size)
        self.readings += seats.size
        np.maximum.at(self.last, machine, at)
        strike = self.wanted.struck[seats, day] & (method == FACE)
        self.struck += zip(self.people[seats[strike]].tolist(), at[strike].tolist(), ids[strike].tolist(), strict=True)
        yield from self._asked(day, machine, request, received)
        reading = {
            "at": instant(at), "terminal_id": machine.astype(">i8"), "number": self.numbers[seats],
            "status": np.full(seats.size, b"255", "S3"), "verify": np.where(method == FACE, b"15", b"25"),
            "id": ids.astype(">i8"), "method": method.astype(">i2"), "device_time": self._wall(day, second),
            "received": instant(received), "request_id": request.astype(">i8"), "line": line.astype(">i4"),
        }  # fmt: skip
        punch = {
            "person_id": self.people[seats].astype(">i8"), "at": reading["at"], "reading_id": reading["id"],
            "id": reading["id"], "terminal_id": reading["terminal_id"], "method": reading["method"],
            "recorded": reading["received"],
        }  # fmt: skip
        for table, columns in (("reading", reading), ("punch", punch)):
            yield from _by_month(table, at, columns)

    def _drawn(self, day: int) -> tuple[Array, Array, Array, Array]:
        """The day's punches in the order of time: seat, second of the day, method, terminal."""
        counts = self.wanted.counts[:, day] + self.wanted.noise[:, day]
        seats = np.repeat(np.arange(counts.size), counts)
        turn = np.arange(seats.size) - np.repeat(np.cumsum(counts) - counts, counts)
        second = OPENING + turn * SLOT + (chance(5, seats, day, turn) * SLOT).astype(int)
        order = np.argsort(second, kind="stable")
        seats, second, turn = seats[order], second[order], turn[order]
        noise, lot = self.wanted.noise[seats, day], chance(6, seats, day)
        machine = self.machines[seats, (chance(7, seats, day, turn) * 3).astype(int)]
        stray = self.machines[(seats + counts.size // 2) % counts.size, 0]  # a terminal of another project
        method = np.where(noise & (lot < 0.5), PALM, FACE)
        return seats, second, method, np.where(noise & (lot >= 0.5), stray, machine)

    def _requested(self, machine: Array, midnight: int) -> tuple[Array, Array, Array]:
        """Each terminal pushes its day in one request at night: its id, the line in it, when it came."""
        terminals, place, counts = np.unique(machine, return_inverse=True, return_counts=True)
        order = np.argsort(place, kind="stable")
        line = np.empty(machine.size, int)
        line[order] = np.arange(machine.size) - np.repeat(np.cumsum(counts) - counts, counts)
        received = midnight + 79_200_000 + (chance(8, terminals, midnight) * 3_600_000).astype(int)
        first = self.requests + 1
        self.requests += terminals.size
        return first + place, line, received[place]

    def _asked(self, day: int, machine: Array, request: Array, received: Array) -> Iterator[Lot]:
        """The requests; their record part is short, for what is measured are readings and punches."""
        _, index, counts = np.unique(request, return_index=True, return_counts=True)
        columns = ("id", "received", "terminal_id", "method", "path", "query", "headers", "body", "digest")
        rows = []
        for place, count in zip(index.tolist(), counts.tolist(), strict=True):
            terminal = int(machine[place])
            body = f"{count} lines of day {day}".encode()
            came = self.made.first + timedelta(milliseconds=int(received[place]) - epoch_ms(self.made.first))
            query = f"SN={self.serials[terminal - 1]}&table=ATTLOG&Stamp={request[place]}"
            digest = hashlib.sha256(body).digest()
            rows.append((int(request[place]), came, terminal, "POST", "/iclock/cdata", query, "", body, digest))
        yield text_lot("request", columns, rows, month_of(int(received[0])))

    def _wall(self, day: int, second: Array) -> Array:
        """2026-07-01 07:00:00 on the device's clock."""
        shown = np.empty((second.size, 19), np.uint8)
        shown[:, :11] = np.frombuffer(f"{local(self.made.day(day)):%Y-%m-%d} ".encode(), np.uint8)
        shown[:, [13, 16]] = ord(":")
        for column, value in ((11, second // 3600), (14, second // 60 % 60), (17, second % 60)):
            shown[:, column], shown[:, column + 1] = 48 + value // 10, 48 + value % 10
        return shown.reshape(-1).view("S19")

    def _disqualified(self) -> Iterator[Lot]:
        """Decided by two; those of every fifth person were restored later."""
        decided = self.made.end - timedelta(hours=9)
        columns = ("id", "person_id", "at", "reading_id", "decided", "decided_by", "confirmed_by", "reason", "restores")
        rows: list[tuple[object, ...]] = [
            (number, person, self._instant(at), reading, decided, 1, 2, "代打卡", None)
            for number, (person, at, reading) in enumerate(self.struck, 1)
        ]
        lifted = [row for row in rows if int(str(row[1])) % 5 == 0]
        rows += [(len(rows) + turn, *row[1:7], "复核无误", row[0]) for turn, row in enumerate(lifted, 1)]
        yield text_lot("disqualification", columns, rows)

    def _instant(self, at: int) -> object:
        return self.made.first + timedelta(milliseconds=at - epoch_ms(self.made.first))

    def _states(self) -> Lot:
        """Most terminals were heard within a minute, one in thirty minutes ago, one in twenty hours or days ago."""
        rows = []
        for terminal, newest in enumerate(self.last[1:].tolist(), 1):
            lot, part = (float(chance(number, terminal)[0]) for number in (9, 10))
            ago = part * 60 if lot > 0.083 else 180 + part * 400 if lot > 0.05 else 700 + part * 400_000
            seen = self.made.end - timedelta(seconds=int(ago))
            rows.append((terminal, seen, self._instant(newest) if newest else None, int(part * 3000), "{}"))
        return text_lot("terminal_state", ("terminal_id", "last_seen", "last_punch", "skew_ms", "facts"), rows)


def _by_month(table: str, at: Array, columns: dict[str, Array]) -> Iterator[Lot]:
    """A day's rows, in two lots where a month (UTC) ends within it."""
    months = [month_of(int(ms)) for ms in (at[0], at[-1])]
    edge = int(np.searchsorted(at, epoch_ms(months[1]))) if months[0] != months[1] else 0
    for month, part in zip(months, (slice(0, edge), slice(edge, None)), strict=True):
        if len(at[part]):
            yield binary_lot(table, month, {name: values[part] for name, values in columns.items()})
