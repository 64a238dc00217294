"""Who is committed with whom, and who waits: pushes of few records and backlogs take turns."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest import intake
from ingest.intake import Intake
from models import database
from models.rules.events import Event, EventName
from models.rules.readings import Arrival
from tests.cast import World, arrival, punch
from tests.conftest import superuser

START = date(2018, 7, 1)
NOW = datetime(2018, 7, 2, 8, tzinfo=UTC)


def push(serial: str, count: int) -> Arrival:
    return arrival(serial, *(punch("10000001", NOW - timedelta(minutes=k), k) for k in range(count)))


def waiting(few: int, many: int) -> Intake:
    """So many pushes of one record and so many of 128 wait, and nobody has been written yet."""
    made = Intake()
    made._few.extend((push(f"F{k}", 1), Future[None]()) for k in range(few))
    made._many.extend((push(f"M{k}", 128), Future[None]()) for k in range(many))
    return made


def group(at: Intake) -> list[str]:
    return [one.serial for one, _ in at._group()]


def test_who_punches_now_waits_for_one_group_of_backlogs_at_most() -> None:
    at = waiting(few=3, many=12)
    groups = [group(at) for _ in range(4)]
    assert groups[0] == ["M0", "M1", "M2", "M3"]
    assert groups[1] == ["F0", "F1", "F2"]
    assert [serial for each in groups[2:] for serial in each] == [f"M{k}" for k in range(4, 12)]


def test_backlogs_are_not_held_up_by_whoever_punches_now() -> None:
    at = waiting(few=3 * intake.MAX_GROUP, many=12)
    first = [group(at)[0][0] for _ in range(6)]
    assert first == ["M", "F", "M", "F", "M", "F"]


@pytest.mark.parametrize("few", [1, 40, intake.MAX_GROUP, intake.MAX_GROUP + 1])
def test_those_who_wait_together_are_committed_together_within_limits(few: int) -> None:
    assert len(group(waiting(few, 0))) == min(few, intake.MAX_GROUP)


def test_a_batch_larger_than_a_group_is_a_group() -> None:
    at = Intake()
    at._many.append((push("M", 3 * intake.MAX_READINGS), Future[None]()))
    assert group(at) == ["M"]


def test_a_line_of_a_log_that_cannot_be_kept_costs_no_record(bare: str, data_dir: Path) -> None:
    superuser(data_dir, "alter table terminal_event add constraint refuses check (operator <> 'BAD')", bare)
    made = World()
    made.project("G107", START)
    made.engage("甲公司", "G107")
    made.person("张三", "甲公司", "C1", START)
    made.terminal("L1", "甲公司", "G107", START)
    bad = Event(EventName.ALARM, 0, operator="BAD")
    intake.record([replace(arrival("L1", punch(made.numbers["张三"], NOW)), events=(bad,))])
    with database.reading() as (session, _):
        assert session.scalar(text("select count(*) from punch")) == 1
