"""Who punches on which day of the half year, as arrays seats × days.

Chance is a hash of the seed and of what is decided, so that which windows are met does not depend on how many punches
a met window has: a province of one million and one of ten million differ in nothing but that number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.bench.copying import Array
from tests.bench.registers import SEED, Registers
from tests.bench.teams import FOREVER, Teams

HABITS = (0.99, 0.98, 0.98, 0.97, 0.97, 0.96, 0.95, 0.93, 0.90, 0.55)  # share of a person's windows that are met
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
    return Plan(np.where(met, 3 + (draw < 0.45), 0) if several else once.astype(int), noise, struck)


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
