"""How much cheaper the platform's queries are than naive SQL over punches, and whether ten times the punches cost more.

Both in one session, taking turns, warm; medians. First the answers are compared: a wrong one has no price.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
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

ROUNDS, TURNS = 5, 20  # of naive SQL; of ours in each
GOALS = {"overview, 14 prefectures": 1500, "heatmap 300 × 120": 700, "ranking of a month": 500}  # times cheaper
FLAT = 1.5  # times what it costs with a tenth of the punches


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Both provinces, built where they are not there yet."""
    with province.served() as folder:
        for size in ("1m", "10m"):
            province.build(size, folder)
        yield folder


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ours_and_naive(session: Session, now: datetime, question: answers.Question) -> tuple[float, float]:
    """Median seconds of the platform's query and of naive SQL, after their answers were found equal."""
    naively = question.told_naively(question.naive(session, now), now)
    assert question.told(question.ours(session, now)) == naively, question.name
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        theirs.append(seconds(lambda: question.naive(session, now)))
        ours += (seconds(lambda: question.ours(session, now)) for _ in range(TURNS))
    return median(ours), median(theirs)


def asked(size: str, folder: Path, measure: Callable[[Session, datetime], Any]) -> Any:
    """What `measure` finds in a province, at its own present instant."""
    engine = database.bind(embedded.url("app", province.name_of(size), data_dir=folder))
    try:
        with database.history() as past, database.reading() as (session, _):
            session.execute(text("set local statement_timeout = 0"))
            past.go(now := province.anchor(session))
            gc.collect()
            return measure(session, now)
    finally:
        engine.dispose()


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_rollups_answer_like_naive_sql_and_cost_the_same_with_ten_times_the_punches(data_dir: Path) -> None:
    found = {
        size: asked(
            size, data_dir, lambda session, now: [ours_and_naive(session, now, q) for q in answers.QUESTIONS]
        )
        for size in ("1m", "10m")
    }  # fmt: skip
    print(f"\n{'query':<26}{'punches':>8}{'naive ms':>11}{'ours ms':>10}{'ours = naive ÷':>16}{'10m ÷ 1m':>10}")
    for number, question in enumerate(answers.QUESTIONS):
        for size in ("1m", "10m"):
            ours, theirs = found[size][number]
            flat = f"{ours / found['1m'][number][0]:10.2f}" if size == "10m" else ""
            print(f"{question.name:<26}{size:>8}{theirs * 1e3:11.1f}{ours * 1e3:10.2f}{theirs / ours:16,.0f}{flat}")
    for number, question in enumerate(answers.QUESTIONS):
        ours, theirs = found["10m"][number]
        assert theirs / ours >= GOALS[question.name], question.name
        assert ours <= FLAT * found["1m"][number][0], question.name


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
    def measure(session: Session, now: datetime) -> list[list[float]]:
        return [chart(session, now, *parts[1:]) for parts in CHARTS]

    print(f"\n{'chart, ' + size + ' punches':<26}{'query ms':>10}{'figure ms':>11}{'JSON ms':>9}{'in all':>9}{'kB':>8}")
    for (name, _, _), (query, figure, words, length) in zip(CHARTS, asked(size, data_dir, measure), strict=True):
        assert length > 1000, f"{name} is empty"
        whole = query + figure + words
        print(
            f"{name:<26}{query * 1e3:10.1f}{figure * 1e3:11.1f}{words * 1e3:9.1f}{whole * 1e3:9.1f}{length / 1e3:8.0f}"
        )


def chart(
    session: Session, now: datetime, query: Callable[[Session, datetime], Any], draw: Callable[[Any], Any]
) -> list[float]:
    """Median seconds of query, figure and JSON, and the length of the JSON."""
    found = query(session, now)
    drawn = draw(found)
    written = to_json_plotly(drawn)
    works: list[Callable[[], Any]] = [
        lambda: query(session, now), lambda: draw(found), lambda: to_json_plotly(drawn),
    ]  # fmt: skip
    return [*(median(seconds(work) for _ in range(TURNS)) for work in works), len(written)]
