"""Half a year of punches as columns of numpy, day by day: requests, readings, punches, disqualifications."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from models.acts.bulk import Lot
from models.rules.instants import epoch_ms, local
from models.rules.readings import Method
from tests.bench.copying import Array, Sheaves, instant, month_of, text_lot
from tests.bench.habits import Plan, chance
from tests.bench.registers import Registers
from tests.bench.teams import Teams

OPENING, SLOT = 23_400, 12_000  # first punches from 6:30 on; one in each slot of 3 h 20 min
NIGHT, HOUR = 79_200_000, 3_600_000  # 22:00 in milliseconds
FACE, PALM = Method.FACE, Method.PALM  # the second does not count
SHEAF = 1 << 26  # bytes that are sent at once


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
        self.sheaves = Sheaves()
        self.struck: list[tuple[int, int, int]] = []

    def lots(self) -> Iterator[Lot]:
        """Requests, readings and punches by days, then what was disqualified and what is known of the terminals."""
        for day in range(self.made.horizon):
            self._day(day)
            yield from self.sheaves.lots(SHEAF)
        yield from self.sheaves.lots()
        yield self._disqualified()
        yield self._states()

    def _day(self, day: int) -> None:
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
        self._asked(day, machine, request, received)
        reading = {
            "at": instant(at), "terminal_id": machine.astype(">i8"), "number": self.numbers[seats],
            "status": np.full(seats.size, b"255", "S3"), "verify": np.where(method == FACE, b"15", b"25"),
            "id": ids.astype(">i8"), "method": method.astype(">i2"), "device_time": self._wall(day, second),
            "received": instant(received), "request_id": request.astype(">i8"), "line": line.astype(">i4"),
            "salt": _salts(seats.size),
        }  # fmt: skip
        punch = {
            "person_id": self.people[seats].astype(">i8"), "at": reading["at"], "reading_id": reading["id"],
            "id": reading["id"], "terminal_id": reading["terminal_id"], "method": reading["method"],
            "recorded": reading["received"], "salt": _salts(seats.size),
        }  # fmt: skip
        for table, columns in (("reading", reading), ("punch", punch)):
            self._by_month(table, at, columns)

    def _by_month(self, table: str, at: Array, columns: dict[str, Array]) -> None:
        """A day's rows, in two parts where a month (UTC) ends within it."""
        months = [month_of(int(ms)) for ms in (at[0], at[-1])]
        edge = int(np.searchsorted(at, epoch_ms(months[1]))) if months[0] != months[1] else 0
        for month, part in zip(months, (slice(0, edge), slice(edge, None)), strict=True):
            if len(at[part]):
                self.sheaves.add(table, month, {name: values[part] for name, values in columns.items()})

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
        received = midnight + NIGHT + (chance(8, terminals, midnight) * HOUR).astype(int)
        first = self.requests + 1
        self.requests += terminals.size
        return first + place, line, received[place]

    def _asked(self, day: int, machine: Array, request: Array, received: Array) -> None:
        """The requests; their record part is short, for what is measured are readings and punches."""
        ids, place, counts = np.unique(request, return_index=True, return_counts=True)
        serials = [self.serials[terminal - 1] for terminal in machine[place].tolist()]
        stamp = f"{local(self.made.day(day)):%Y%m%d}"
        bodies = [f"{serial} {stamp} {count:6d}".encode() for serial, count in zip(serials, counts, strict=True)]
        columns = {
            "id": ids.astype(">i8"), "received": instant(received[place]),
            "terminal_id": machine[place].astype(">i8"), "method": np.full(ids.size, b"POST"),
            "path": np.full(ids.size, b"/iclock/cdata"),
            "query": np.array([f"SN={serial}&table=ATTLOG&Stamp={stamp}".encode() for serial in serials]),
            "headers": np.full(ids.size, b"Content-Type: text/plain"), "body": np.array(bodies),
            "digest": np.array([np.void(hashlib.sha256(body).digest()) for body in bodies]), "salt": _salts(ids.size),
        }  # fmt: skip
        self.sheaves.add("request", month_of(int(received[0])), columns)

    def _wall(self, day: int, second: Array) -> Array:
        """2026-07-01 07:00:00 on the device's clock."""
        shown = np.empty((second.size, 19), np.uint8)
        shown[:, :11] = np.frombuffer(f"{local(self.made.day(day)):%Y-%m-%d} ".encode(), np.uint8)
        shown[:, [13, 16]] = ord(":")
        for column, value in ((11, second // 3600), (14, second // 60 % 60), (17, second % 60)):
            shown[:, column], shown[:, column + 1] = 48 + value // 10, 48 + value % 10
        return shown.reshape(-1).view("S19")

    def _disqualified(self) -> Lot:
        """Decided by two; those of every fifth person were restored later."""
        decided = self.made.end - timedelta(minutes=1)
        columns = ("id", "person_id", "at", "reading_id", "decided", "decided_by", "confirmed_by", "reason", "restores")
        rows: list[tuple[object, ...]] = [
            (number, person, self._instant(at), reading, decided, 1, 2, "代打卡", None)
            for number, (person, at, reading) in enumerate(self.struck, 1)
        ]
        lifted = [row for row in rows if int(str(row[1])) % 5 == 0]
        rows += [(len(rows) + turn, *row[1:7], "复核无误", row[0]) for turn, row in enumerate(lifted, 1)]
        return text_lot("disqualification", columns, rows)

    def _instant(self, at: int) -> object:
        return self.made.first + timedelta(milliseconds=at - epoch_ms(self.made.first))

    def _states(self) -> Lot:
        """Most terminals were heard within a minute, one in thirty minutes ago, one in twenty hours or days ago."""
        lots, parts = (chance(number, np.arange(len(self.last))).tolist() for number in (9, 10))
        rows = []
        for terminal, newest in enumerate(self.last[1:].tolist(), 1):
            lot, part = lots[terminal], parts[terminal]
            ago = part * 60 if lot > 0.083 else 180 + part * 400 if lot > 0.05 else 700 + part * 400_000
            seen = self.made.end - timedelta(seconds=int(ago))
            rows.append((terminal, seen, self._instant(newest) if newest else None, int(part * 3000), "{}"))
        return text_lot("terminal_state", ("terminal_id", "last_seen", "last_punch", "skew_ms", "facts"), rows)


def _salts(count: int) -> Array:
    """As random as the column's own default, at a twentieth of its price: the server asks the system row by row."""
    return np.frombuffer(os.urandom(16 * count), "V16")
