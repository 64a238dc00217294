"""What queries answer: frozen rows, the only shape that figures, pages and papers know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from models.rules.presence import Light


def ratio(part: int, whole: int) -> float | None:
    """Share in 0..1, or None of nothing."""
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Tally:
    """Closed windows that were due, and terminals; sums over any set of projects."""

    projects: int = 0
    people: int = 0  # on post in the newest window; who holds posts in two engagements counts twice
    due: int = 0  # met + missed
    met: int = 0
    open: int = 0
    terminals: int = 0  # admitted
    online: int = 0  # light online or late
    offline: int = 0  # light offline or never

    @property
    def missed(self) -> int:
        return self.due - self.met

    @property
    def attendance(self) -> float | None:
        """到岗率: met ÷ due."""
        return ratio(self.met, self.due)

    @property
    def presence(self) -> float | None:
        """在线率: online ÷ admitted terminals."""
        return ratio(self.online, self.terminals)


class Lights(NamedTuple):
    """Admitted terminals of a part of the province."""

    terminals: int = 0
    online: int = 0  # light online or late
    silent: int = 0  # off line for more than a day


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A prefecture or county with its tally, and the attendance of the period before (None: nothing was due)."""

    code: str
    name: str
    short: str
    tally: Tally
    before: float | None = None


@dataclass(frozen=True, slots=True)
class ProjectRow:
    id: int
    name: str
    kind: str  # highway | waterway
    area: str  # county code
    county: str
    owner: str
    longitude: float
    latitude: float
    tally: Tally


@dataclass(frozen=True, slots=True)
class TerminalRow:
    id: int
    serial: str
    brand: str
    model: str
    place: str
    area: str
    county: str
    unit: str
    longitude: float | None
    latitude: float | None
    light: Light
    last_seen: datetime | None
    last_punch: datetime | None
    skew_ms: int | None  # median of arrival − device time of realtime punches
    projects: tuple[tuple[int, str], ...] = ()
    protocol: str = ""
    alarm: str = ""  # gap | tamper: records are missing, or somebody tampered with it
    mixed: bool = False  # its unit has more than one brand or model in service
    bare: bool = False  # nobody has commissioned it yet


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that needs a hand today: a terminal off line, a project with many missed windows, …"""

    sign: str  # offline | clock | gap | tamper | missed | unresolved
    title: str
    since: datetime | None
    link: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The landing page of a territory."""

    as_of: datetime
    areas: tuple[AreaRow, ...]
    total: Tally
    before: float | None  # attendance of the period before
    offline_day: int  # terminals off line for more than 24 h
    findings: tuple[Finding, ...]


class Column(NamedTuple):
    """One window of a project, shared by all its people."""

    k: int
    starts: datetime
    ends: datetime


class HeatRow(NamedTuple):
    """A person in an engagement: one State code a column (bytes, same order as the columns)."""

    engagement: int
    person: int
    name: str
    unit: str
    section: str
    post: str
    states: bytes
    due: int
    missed: int


@dataclass(frozen=True, slots=True)
class Heatmap:
    project: int
    name: str
    as_of: datetime
    version: int
    columns: tuple[Column, ...]
    rows: tuple[HeatRow, ...]  # worst first
    total_rows: int  # before paging
    tally: Tally


@dataclass(frozen=True, slots=True)
class PunchRow:
    at: datetime
    received: datetime
    device_time: str
    terminal: int
    serial: str
    place: str
    method: int
    counts: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    kind: str
    begin: datetime
    end: datetime
    approved: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a cell of the heatmap says what it says."""

    person: str
    number: str  # badge number
    unit: str
    section: str
    posts: tuple[str, ...]
    project: str
    column: Column
    state: int  # rules.windows.State
    post_ms: int
    duty_ms: int
    punches: tuple[PunchRow, ...]
    absences: tuple[AbsenceRow, ...]
    rule: str  # the notice's words
    article: str
    deduction: Decimal | None  # points of this window before the month's cap
    rule_id: str = ""


class RankRow(NamedTuple):
    """A unit in a ranking. `place` None: 暂不排名 (too few due windows)."""

    place: int | None
    unit: int
    name: str
    kind: str  # contractor | supervisor | laboratory
    projects: tuple[tuple[int, str], ...]
    areas: tuple[str, ...]
    people: int
    due: int
    met: int
    points: Decimal
    score: Decimal
    band: str

    @property
    def missed(self) -> int:
        return self.due - self.met

    @property
    def attendance(self) -> float | None:
        return ratio(self.met, self.due)


@dataclass(frozen=True, slots=True)
class PersonRankRow:
    place: int | None
    person: int
    name: str
    unit: str
    project: int
    project_name: str
    post: str
    due: int
    met: int
    points: Decimal

    @property
    def missed(self) -> int:
        return self.due - self.met


@dataclass(frozen=True, slots=True)
class CityRankRow:
    place: int | None
    code: str
    name: str
    tally: Tally
    points: Decimal
    before: float | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Live figures of a period up to `as_of`, province-wide or of the viewer's territory."""

    period: str  # rules.instants.Period as text
    as_of: datetime
    units: tuple[RankRow, ...]
    people: tuple[PersonRankRow, ...]
    cities: tuple[CityRankRow, ...]
    total: Tally
    points: Decimal
    digest: str  # of the parameters used
    assumed: tuple[str, ...] = field(default=())
    charged: int = 0  # persons with points; `people` lists the worst of them only


@dataclass(frozen=True, slots=True)
class CircularRow:
    """A paper in the list."""

    id: int
    kind: str  # circular (quarter) | notice (month)
    period: str
    area: str
    title: str
    state: str  # queued | rendering | ready | failed
    progress: int  # 0..100
    error: str
    requested: datetime
    requested_by: str
    as_of: datetime
    sha256: str
    size: int
