"""How much cheaper the platform's queries are than naive SQL over punches, and whether ten times the punches cost more.

Both in one session, taking turns, warm; medians. First the answers are compared: a wrong one has no price.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from plotly.io.json import to_json_plotly
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.figures import heatmaps, maps
from dashboard.pages import ranking
from models import database, embedded
from models.rules.scope import PROCESS
from tests.bench import answers, province
from tests.bench.clock import Spent, Watch

ROUNDS, TURNS = 5, 20  # of naive SQL; of ours in each
GOALS = (1000, 300, 150)  # times cheaper than naive SQL with ten million punches, in the order of the questions
FLAT = 1.5  # times the work that it costs with a tenth of the punches: all that is allowed


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Both provinces, built where they are not there yet."""
    with province.served() as folder:
        for size in ("1m", "10m"):
            province.build(size, folder)
        yield folder


def asked(size: str, folder: Path, measure: Callable[[Session, datetime, Watch], Any]) -> Any:
    """What `measure` finds in a province, at its own present instant."""
    engine = database.bind(embedded.url("app", province.name_of(size), data_dir=folder))
    try:
        with database.history() as past, database.reading() as (session, _):
            session.execute(text("set local statement_timeout = 0"))
            past.go(now := province.anchor(session))
            gc.collect()
            return measure(session, now, Watch(session.scalar(text("select pg_backend_pid()")) or 0))
    finally:
        engine.dispose()


Pair = tuple[Spent, Spent]  # the platform's query, naive SQL


def in_turns(session: Session, now: datetime, watch: Watch) -> list[Pair]:
    """What each question costs, after its answers were found equal."""
    return [_priced(session, now, watch, question) for question in answers.QUESTIONS]


def _priced(session: Session, now: datetime, watch: Watch, question: answers.Question) -> Pair:
    naively = question.told_naively(question.naive(session, now), now)
    assert question.told(question.ours(session, now)) == naively, question.name
    ours: list[Spent] = []
    theirs: list[Spent] = []
    for _ in range(ROUNDS):
        theirs.append(watch.spent(lambda: question.naive(session, now)))
        ours += (watch.spent(lambda: question.ours(session, now)) for _ in range(TURNS))
    return watch.median(ours), watch.median(theirs)


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_rollups_answer_like_naive_sql_and_cost_the_same_with_ten_times_the_punches(data_dir: Path) -> None:
    found = {size: asked(size, data_dir, in_turns) for size in ("1m", "10m")}
    print("\nmedians; processors = work of this process and of the backend, whatever else the machine does")
    print(f"{'':<34}{'wall ms':>20}{'processors ms':>22}{'naive ÷ ours':>22}{'10m ÷ 1m':>10}")
    print(
        f"{'query':<26}{'punches':>8}{'naive':>11}{'ours':>9}{'naive':>13}{'ours':>9}{'wall':>11}{'work':>6}{'goal':>5}"
    )
    for number, question in enumerate(answers.QUESTIONS):
        for size in ("1m", "10m"):
            ours, theirs = found[size][number]
            flat = f"{ours.work / found['1m'][number][0].work:10.2f}" if size == "10m" else ""
            print(
                f"{question.name:<26}{size:>8}{theirs.wall * 1e3:11.1f}{ours.wall * 1e3:9.2f}{theirs.work * 1e3:13.1f}"
                f"{ours.work * 1e3:9.2f}{theirs.wall / ours.wall:11,.0f}{theirs.work / ours.work:6,.0f}"
                f"{GOALS[number]:5}{flat}"
            )
    for few, many in zip(found["1m"], found["10m"], strict=True):
        assert many[0].work <= FLAT * few[0].work


Parts = tuple[str, Callable[[Session, datetime], Any], Callable[[Any], Any]]
CHARTS: tuple[Parts, ...] = (
    ("map of the province", answers.overview, lambda found: maps.province(found.areas)),
    ("heatmap 300 × 120", answers.heatmap, heatmaps.heatmap),
    ("heatmap 60 × 40", lambda session, now: answers.heatmap(session, now, 40, 60), heatmaps.heatmap),
    (
        "ranking, whole page",
        lambda _, now: str(answers.last_month(now)),
        lambda p: ranking.layout(PROCESS, {"period": p}),
    ),
)


@pytest.mark.bench
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("size", ["1m", "10m"])
def test_the_server_part_of_each_chart(data_dir: Path, size: str) -> None:
    def measure(session: Session, now: datetime, watch: Watch) -> list[tuple[list[Spent], int]]:
        return [_drawn(session, now, watch, *parts[1:]) for parts in CHARTS]

    print(f"\n{'chart, ' + size + ' punches':<26}{'query':>9}{'figure':>9}{'JSON':>9}  {'in all, ms of work':>18}"
          f"{'by the wall':>12}{'kB':>7}")  # fmt: skip
    for (name, _, _), (spent, length) in zip(CHARTS, asked(size, data_dir, measure), strict=True):
        assert length > 1000, f"{name} is empty"
        work, wall = ([getattr(each, of) * 1e3 for each in spent] for of in ("work", "wall"))
        parts = "".join(f"{part:9.1f}" for part in work)
        print(f"{name:<26}{parts}  {sum(work):18.1f}{sum(wall):12.1f}{length / 1e3:7.0f}")


def _drawn(
    session: Session,
    now: datetime,
    watch: Watch,
    query: Callable[[Session, datetime], Any],
    draw: Callable[[Any], Any],
) -> tuple[list[Spent], int]:
    """Query, figure and JSON, and the length of the JSON."""
    found = query(session, now)
    drawn = draw(found)
    written = to_json_plotly(drawn)
    works: list[Callable[[], Any]] = [
        lambda: query(session, now), lambda: draw(found), lambda: to_json_plotly(drawn),
    ]  # fmt: skip
    return [watch.median([watch.spent(work) for _ in range(TURNS)]) for work in works], len(written)
