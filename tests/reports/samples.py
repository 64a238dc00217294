"""Rankings and papers for the tests: a province of fourteen cities and as many units as asked, always the same."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, date, datetime
from decimal import Decimal

from models.queries.rows import CityRankRow, PersonRankRow, Ranking, RankRow, Tally
from models.rules.credit import places
from models.rules.instants import Period
from models.rules.parameters import law
from reports.circulars import Paper

CITIES = ("长沙", "株洲", "湘潭", "衡阳", "邵阳", "岳阳", "常德", "张家界", "益阳", "郴州", "永州", "怀化", "娄底")
AUTONOMOUS = "湘西土家族苗族自治州"
UNSUPERVISED = "张家界市"
NAMES = ["湖南路桥建设集团第{}分公司", "湘江公路工程监理咨询有限责任公司第{}监理处", "长沙溁{}喆玥䶮工程检测有限公司"]
PERSON = "欧阳履约"


def units(count: int, chance: random.Random) -> tuple[RankRow, ...]:
    rows = []
    for index in range(count):
        due = chance.randint(3, 25) if index % 11 == 5 else chance.randint(200, 1500)
        met = due - min(due, chance.randint(0, 90))
        points = Decimal(due - met) / 10
        kind = ("contractor", "supervisor", "laboratory")[index % 3]
        rows.append((NAMES[index % 3].format(index), kind, due, met, points))
    placed = places(rows, key=lambda row: row[4], ranked=lambda row: row[2] >= 30)
    return tuple(
        RankRow(place, index, name, kind, ((1, "项目"),) * chance.randint(1, 4), ("430100",), chance.randint(4, 40),
                due, met, points, 100 - points, "AA" if points < 5 else "A" if points < 8 else "C")
        for index, (place, (name, kind, due, met, points)) in enumerate(placed)
    )  # fmt: skip


def cities(chance: random.Random) -> tuple[CityRankRow, ...]:
    rows = []
    for name in (*(f"{city}市" for city in CITIES), AUTONOMOUS):
        due = chance.randint(800, 4000)
        offline = chance.choice([0, 0, 1, 3])
        met = due - chance.randint(20, 400)
        tally = Tally(chance.randint(3, 30), chance.randint(60, 300), due, met, 3, 20, 20 - offline, offline)
        rows.append((name, Tally() if name == UNSUPERVISED else tally))
    placed = places(rows, key=lambda row: -(row[1].attendance or 0), ranked=lambda row: row[1].due > 0)
    return tuple(
        CityRankRow(place, name, name, tally, Decimal(chance.randint(0, 500)) / 10, 0.8 + (place or 0) / 100)
        for place, (name, tally) in placed
    )


def ranking(count: int = 60, seed: int = 1) -> Ranking:
    chance = random.Random(seed)
    rows = cities(chance)
    parts = [part.name for part in dataclasses.fields(Tally)]
    total = Tally(*(sum(getattr(row.tally, part) for row in rows) for part in parts))
    person = PersonRankRow(1, 1, PERSON, "湘江公路", 1, "项目", "项目经理", 30, 12, Decimal("4.5"))
    points = sum((row.points for row in rows), Decimal())
    as_of = datetime(2018, 10, 8, 1, 30, tzinfo=UTC)
    return Ranking("2018Q3", as_of, units(count, chance), (person,), rows, total, points, "5eed" * 16, law().assumed())


def paper(**changes: object) -> Paper:
    issued = Paper(
        kind="circular",
        period=Period.parse("2018Q3"),
        area="湖南省",
        agency="湖南省交通运输厅",
        number="湘交函〔2018〕512号",
        date=date(2018, 10, 12),
        ranking=ranking(),
        before=ranking(seed=2),
        mark=None,
    )
    return dataclasses.replace(issued, **changes)  # type: ignore[arg-type]


def silent(percent: int, word: str) -> None:
    """Nobody listens to the progress."""
