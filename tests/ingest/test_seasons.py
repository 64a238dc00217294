"""The demonstration's year: pauses, rain, decisions by the calendar. No database."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from ingest import seasons
from ingest.decisions import Decisions
from ingest.habits import BAD, DAILY, DUTIFUL, LAX, comes
from ingest.province import Machine, Member, Province, Works
from ingest.story import Push, Story
from models.acts import requests
from models.rules.instants import day_of, day_start

NEW_YEAR = date(2026, 2, 17)


@pytest.fixture
def approved(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the acts of approval were asked."""
    asked: list[tuple[Any, ...]] = []
    for name in ("approve_leave", "approve_halt"):
        monkeypatch.setattr(requests, name, lambda *given, act=name: asked.append((act, *given[1:])))
    return asked


def told(start: date, days: int, *spells: seasons.Spell) -> Decisions:
    """Two projects and ten people each; replacements are left out."""
    made = Province(start)
    made.works = [Works(1, "4301", 0, days + 2), Works(2, "4331", 0, days + 2)]
    machine = Machine(1, "PYA8263000000", "zkteco")
    for k in range(20):
        works = made.works[k % 2]
        made.members.append(Member(k, str(k), k, k, "C4", works, DUTIFUL, (machine,), 0, days + 2))
    tale = Decisions(made, days, list(spells), Random(1))
    tale._replace = tale._abandon = lambda number: None  # type: ignore[method-assign]
    return tale


def test_every_project_pauses_at_spring_festival_and_the_approval_comes_before(
    approved: list[tuple[Any, ...]],
) -> None:
    start = NEW_YEAR - timedelta(days=40)
    tale = told(start, 80)
    before: dict[int, int] = {}
    for number in range(81):
        tale.decide(number)
        before.setdefault(len([a for a in approved if a[1] == "pause"]), number)
    pauses = [given for given in approved if given[1] == "pause"]
    assert [given[2] for given in pauses] == [1, 2]
    first, last = pauses[0][3:5]
    assert first < NEW_YEAR < last
    assert start + timedelta(days=before[2]) < first
    assert tale.stopped(40) == {1, 2}
    assert tale.stopped(0) == tale.stopped(79) == set()


@pytest.mark.parametrize("begin", [NEW_YEAR - timedelta(days=5), NEW_YEAR + timedelta(days=3)])
def test_a_span_that_begins_in_the_pause_is_paused_from_its_first_day(
    approved: list[tuple[Any, ...]], begin: date
) -> None:
    tale = told(begin, 30)
    tale.decide(0)
    assert [given[1] for given in approved] == ["pause", "pause"]
    assert tale.stopped(0) == {1, 2}


def test_a_span_without_a_spring_festival_knows_no_pause(approved: list[tuple[Any, ...]]) -> None:
    tale = told(date(2026, 8, 25), 90)
    for number in range(91):
        tale.decide(number)
    assert not [given for given in approved if given[1] == "pause"]


def test_who_is_on_leave_is_not_there_and_comes_back(approved: list[tuple[Any, ...]]) -> None:
    tale = told(date(2026, 8, 25), 90)
    tale.decide(1)
    ((_, person, first, last, _),) = approved
    member = next(m for m in tale.made.members if m.person == person)
    days = [(first - tale.made.start).days, (last - tale.made.start).days]
    assert tale.there(member, days[0] - 1)
    assert tale.off(member, days[0])  # known on the eve
    assert not tale.there(member, days[0])
    assert not tale.there(member, days[1])
    assert tale.there(member, days[1] + 1)


def test_long_rain_stops_a_project_where_it_rains(approved: list[tuple[Any, ...]]) -> None:
    spells = [seasons.Spell("湘西", 10 * k, 10 * k + seasons.POUR) for k in range(1, 9)]
    tale = told(date(2026, 8, 25), 90, *spells)
    for number in range(91):
        tale.decide(number)
    stopped = [given for given in approved if given[1] == "stoppage"]
    assert 0 < len(stopped) < len(spells)
    assert {given[2] for given in stopped} == {2}


def test_the_same_seeds_tell_the_same_story_and_nobody_on_leave_is_in_it(approved: list[tuple[Any, ...]]) -> None:
    def tell() -> tuple[list[Push], Decisions]:
        tale = told(date(2026, 8, 25), 30)
        story, heard = Story(tale.made, day_start(date(2026, 9, 25)), tale, Random(3)), list[Push]()
        for number in range(31):
            heard += story.pushes(number)
            tale.decide(number)
        return heard, tale

    (heard, tale), (again, _) = tell(), tell()
    assert heard == again != []
    away = {str(person): span for person, span in tale.away.items()}
    assert away
    for push in heard:
        for record in push.records:
            first, last = away.get(record.number, (99, 99))
            assert not first <= (day_of(record.at) - tale.made.start).days <= last


def test_rain_is_the_same_each_time_and_falls_more_in_summer() -> None:
    year = seasons.rain(date(2026, 1, 1), 364, ["湘西"], Random(3))
    assert year == seasons.rain(date(2026, 1, 1), 364, ["湘西"], Random(3))
    assert all(a.last < b.first for a, b in pairwise(year))
    wet = [spell for spell in year if (date(2026, 1, 1) + timedelta(days=spell.first)).month in seasons.WET_MONTHS]
    assert len(wet) / 122 > (len(year) - len(wet)) / 243


def test_fewer_come_on_sundays_and_in_the_national_days_week() -> None:
    monday, sunday = date(2026, 9, 7), date(2026, 9, 6)
    assert seasons.turnout(monday) == 1.0
    assert seasons.turnout(date(2026, 10, 2)) < seasons.turnout(sunday) < 1.0


def test_the_dutiful_come_on_the_third_day_and_the_bad_unit_does_not() -> None:
    assert comes(DAILY, False, 1.0) > 0.9
    assert comes(DUTIFUL, False, 1.0) < 0.5
    assert comes(DUTIFUL, True, 1.0) > 0.95
    assert comes(BAD, True, 1.0) < comes(LAX, True, 1.0) < 0.5
    assert comes(DUTIFUL, True, 0.5) > 0.8  # rain keeps few of those away whose 72 hours end
