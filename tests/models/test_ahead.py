"""Windows exist for all of a post, also when no worker made them in time; a project lies in a county."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from models import database
from models.acts import places, windows
from models.database import history, transaction
from models.rules.instants import day_end
from models.rules.scope import PROCESS
from tests.cast import World, wall


def test_who_left_while_no_worker_ran_has_windows_to_the_last_day(scratch: str) -> None:
    last = date(2018, 8, 5)
    with history() as past:
        past.go(wall("2018-07-01T00:00:00"))
        world = World()
        made = world.project("G107", date(2018, 7, 1))
        world.engage("甲公司", "G107")
        world.person("张三", "甲公司", "C1", date(2018, 7, 1), last)
        with transaction() as at:
            assert windows.due(at) == []
        past.go(wall("2018-08-20T00:00:00"))
        with transaction() as at:
            assert windows.due(at) == [made]
        windows.extend(PROCESS, made)
        with transaction() as at:
            assert windows.due(at) == []
    with database.reading() as (session, _):
        ends = session.scalar(text("select max(ends) from attendance_window"))
    assert day_end(last) <= ends < day_end(last) + timedelta(days=3)


@pytest.mark.parametrize("area", ["430000", "430100"])
def test_a_project_is_entered_in_a_county_only(scratch: str, area: str) -> None:
    with pytest.raises(ValueError, match="no county"):
        places.enter_project(PROCESS, name=area, kind="highway", area=area, point=(113.0, 28.0), start=date(2018, 7, 1))
