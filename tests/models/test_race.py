"""Writers of punches against approvals of leave: the rollup is what a recount gives, whatever the order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import text

from models import database
from models.acts import attendance, requests, windows
from models.database import history, transaction
from models.rules.scope import PROCESS
from tests.cast import World, arrival, punch, wall

START = date(2018, 7, 1)
PEOPLE, WRITERS = 40, 4


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        made = World()
        for number in (1, 2, 3):
            made.project(f"G10{number}", START)
            made.engage(f"单位{number}", f"G10{number}")
            made.terminal(f"T{number}", f"单位{number}", f"G10{number}", START)
        for number in range(PEOPLE):
            made.person(f"人员{number}", f"单位{number % 3 + 1}", ("C1", "C4", "C7")[number % 3], START)
    return made


def rollup() -> dict[str, list[tuple[object, ...]]]:
    """Everything that is derived from punches and duty."""
    tables = ("attendance_window", "window_strip", "engagement_tally", "project_tally")
    with database.reading() as (session, _):
        return {
            table: sorted(tuple(row) for row in session.execute(text(f"select * from {table}"))) for table in tables
        }


def write(world: World, seed: int, punches: int) -> int:
    """One writer: groups of 1 to 200 readings of anyone's punches, a third of them sent before."""
    chance, sent = Random(seed), 0
    while sent < punches:
        number = chance.choice((1, 2, 3))
        names = [name for name in world.people if int(name[2:]) % 3 + 1 == number]
        size = min(punches - sent, chance.choice((1, 1, 20, 200)))
        moments = (wall("2018-07-01T00:00:00") + timedelta(seconds=chance.randint(0, 80 * 86_400)) for _ in range(size))
        readings = [punch(world.numbers[chance.choice(names)], at, line) for line, at in enumerate(moments)]
        group = [arrival(f"T{number}", *readings)]
        attendance.intake(PROCESS, group + group if chance.random() < 0.3 else group)
        sent += size
    return sent


def approve(world: World, approvals: int) -> None:
    chance = Random(99)
    for _ in range(approvals):
        first = START + timedelta(days=chance.randint(0, 70))
        leave = requests.approve_leave(
            PROCESS,
            world.people[f"人员{chance.randint(0, PEOPLE - 1)}"],
            first,
            first + timedelta(days=chance.randint(0, 9)),
            "年休假",
        )
        if chance.random() < 0.3:
            requests.revoke(PROCESS, leave)


def race(world: World, punches: int, approvals: int) -> None:
    """All at once; a failure of any is a failure of the test."""
    work: list[Callable[[], object]] = [lambda s=s: write(world, s, punches) for s in range(WRITERS)]  # type: ignore[misc]
    work.append(lambda: approve(world, approvals))
    start = threading.Barrier(len(work))
    with ThreadPoolExecutor(len(work)) as pool:
        futures = [pool.submit(lambda job=job: (start.wait(), job())) for job in work]  # type: ignore[misc]
        for future in futures:
            future.result()


def assert_equal_to_recount(world: World) -> None:
    before = rollup()
    for project in world.projects.values():
        with transaction() as at:
            windows.recount(at, project)
    assert rollup() == before
    with database.reading() as (session, _):
        stored = session.scalar(text("select count(*) from punch"))
        counted = session.scalar(text("select sum(punches) from attendance_window"))
        assert stored == counted == session.scalar(text("select count(*) from reading"))


def test_rollup_minus_recount_is_zero_after_writers_raced_with_approvals(world: World) -> None:
    race(world, punches=300, approvals=15)
    assert_equal_to_recount(world)


@pytest.mark.faults
def test_rollup_minus_recount_is_zero_for_forty_thousand_punches_and_two_hundred_approvals(world: World) -> None:
    race(world, punches=10_000, approvals=200)
    assert_equal_to_recount(world)
