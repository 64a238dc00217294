"""What a ranking says: who stands first and last, who rose and fell, where the trouble is. No words, no persons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Protocol, TypeVar

from models import wording
from models.queries.rows import CityRankRow, Ranking, RankRow, ratio

BANDS = ("AA", "A", "B", "C", "D")
LOW_BANDS = ("C", "D")
LISTED = 10  # units in the list of those with most deductions, more when they share the last place
TENTH = Decimal("0.1")


class Placed(Protocol):
    @property
    def place(self) -> int | None: ...


R = TypeVar("R", bound=Placed)


@dataclass(frozen=True, slots=True)
class KindRow:
    """Attendance of all units of a kind."""

    kind: str  # contractor | supervisor | laboratory
    units: int
    attendance: float | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A city against the period before, in percentage points as printed."""

    name: str
    change: Decimal


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a circular may say beyond the bare totals; empty tuples where there is nothing to say."""

    cities: tuple[CityRankRow, ...]  # with supervised projects
    ranked: tuple[RankRow, ...]
    unranked: tuple[RankRow, ...]
    change: Decimal | None  # percentage points of the total
    best_cities: tuple[CityRankRow, ...]
    worst_cities: tuple[CityRankRow, ...]
    rising: tuple[ChangeRow, ...]  # most first
    falling: tuple[ChangeRow, ...]
    steady: int
    alike: bool  # several cities, all with one attendance
    kinds: tuple[KindRow, ...]
    bands: tuple[tuple[str, int], ...]
    clean: int  # ranked units without deduction
    charged: int  # units with deductions
    best_units: tuple[RankRow, ...]
    worst_units: tuple[RankRow, ...]
    below: tuple[CityRankRow, ...]  # cities under the total's attendance, lowest first
    absent: tuple[RankRow, ...]  # units with missed windows, most first
    offline: tuple[CityRankRow, ...]  # cities with terminals off line, most first
    low: tuple[RankRow, ...]  # units in the two lowest bands
    praised: tuple[CityRankRow, ...]  # of the best cities those not under the total's attendance
    blamed: tuple[CityRankRow, ...]  # of the worst cities those under it
    heaviest: tuple[RankRow, ...]  # units with most deductions, most first; empty where the ranking itself is short


def find(ranking: Ranking, before: Ranking | None, named: int) -> Findings:
    """Read a ranking; `named` units or cities are picked out at either end (more when they share a place)."""
    cities = tuple(row for row in ranking.cities if row.tally.projects)
    placed = tuple(row for row in cities if row.place is not None)
    ranked = tuple(row for row in ranking.units if row.place is not None)
    changes = [ChangeRow(row.name, moved) for row in cities if (moved := _moved(row)) is not None]
    best_cities, worst_cities = ends(placed, named)
    best_units, worst_units = ends(ranked, named)
    below = _below(placed, shown(ranking.total.attendance))
    return Findings(
        cities=cities,
        ranked=ranked,
        unranked=tuple(row for row in ranking.units if row.place is None),
        change=change(ranking.total.attendance, before.total.attendance if before else None),
        best_cities=best_cities,
        worst_cities=worst_cities,
        rising=_by_change(changes, 1),
        falling=_by_change(changes, -1),
        steady=sum(not row.change for row in changes),
        alike=len(placed) > 1 and len({shown(row.tally.attendance) for row in placed}) == 1,
        kinds=_kinds(ranking.units),
        bands=_bands(ranked),
        clean=sum(not row.points for row in ranked),
        charged=sum(bool(row.points) for row in ranking.units),
        best_units=best_units if all(row.band not in LOW_BANDS for row in best_units) else (),
        worst_units=tuple(row for row in reversed(worst_units) if row.points),
        below=below,
        absent=tuple(sorted((row for row in ranking.units if row.missed), key=lambda row: (-row.missed, row.name))),
        offline=tuple(sorted((row for row in cities if row.tally.offline), key=lambda row: -row.tally.offline)),
        low=tuple(row for row in ranked if row.band in LOW_BANDS),
        praised=tuple(row for row in best_cities if row not in below),
        blamed=tuple(row for row in worst_cities if row in below),
        heaviest=heaviest(ranking.units),
    )


def shown(share: float | None) -> Decimal | None:
    """A share in percent with one digit, exactly as it is printed."""
    return None if share is None else Decimal(wording.percent(share).rstrip("%")).quantize(TENTH, ROUND_HALF_EVEN)


def change(now: float | None, before: float | None) -> Decimal | None:
    """Percentage points between two printed shares, so that the reader's own subtraction agrees."""
    left, right = shown(now), shown(before)
    return None if left is None or right is None else left - right


def ends(rows: Sequence[R], named: int) -> tuple[tuple[R, ...], tuple[R, ...]]:
    """The first and the last places; units that share a place stand together; nothing when all are alike."""
    count = min(named, len(rows) // 2)
    if not count:
        return (), ()
    places = [row.place or 0 for row in rows]
    first, last = places[count - 1], places[-count]
    if first >= last:
        return (), ()
    return tuple(r for r in rows if (r.place or 0) <= first), tuple(r for r in rows if (r.place or 0) >= last)


def heaviest(units: Sequence[RankRow]) -> tuple[RankRow, ...]:
    """Who lost most, about LISTED of them; units that lost as much as the last one are all in, or, if many, all out."""
    charged = sorted((row for row in units if row.points), key=lambda row: (-row.points, row.name))
    if len(charged) <= LISTED:
        return ()
    least = charged[LISTED - 1].points
    alike = sum(row.points >= least for row in charged) <= LISTED * 3 // 2
    return tuple(row for row in charged if row.points > least or (alike and row.points == least))


def _moved(row: CityRankRow) -> Decimal | None:
    return change(row.tally.attendance, row.before)


def _by_change(changes: Sequence[ChangeRow], sign: int) -> tuple[ChangeRow, ...]:
    return tuple(sorted((row for row in changes if row.change * sign > 0), key=lambda row: -row.change * sign))


def _kinds(units: Sequence[RankRow]) -> tuple[KindRow, ...]:
    rows = []
    for kind in wording.UNIT_KINDS:
        own = [unit for unit in units if unit.kind == kind]
        rows.append(KindRow(kind, len(own), ratio(sum(unit.met for unit in own), sum(unit.due for unit in own))))
    return tuple(row for row in rows if row.attendance is not None)


def _bands(units: Sequence[RankRow]) -> tuple[tuple[str, int], ...]:
    count = Counter(unit.band for unit in units)
    return tuple((band, count[band]) for band in BANDS if count[band])


def _below(cities: Sequence[CityRankRow], mean: Decimal | None) -> tuple[CityRankRow, ...]:
    if mean is None:
        return ()
    under = [row for row in cities if (share := shown(row.tally.attendance)) is not None and share < mean]
    return tuple(sorted(under, key=lambda row: row.tally.attendance or 0))
