"""The demonstration, a share of it: told in vendors' bytes through decoders and acts, and never twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from ingest import cli, demonstration
from ingest.protocols import table
from ingest.province import LAGGARD, SILENT, number_of
from models import database
from models.acts import windows
from models.database import transaction
from models.queries import circulars

DAYS = 9
PROJECTS = 10  # of 44: what the whole cast is like is told by test_founding


@pytest.fixture(scope="module")
def built(bare: str) -> list[str]:
    said: list[str] = []
    demonstration.build(DAYS, said.append, PROJECTS)
    return said


def rows(query: str, **given: Any) -> Sequence[Any]:
    with database.reading() as (session, _):
        return session.execute(text(query), given).all()


def number(query: str, **given: Any) -> int:
    return int(rows(query, **given)[0][0] or 0)


def silent() -> list[int]:
    """Numbers of the terminals of this share that have no line now."""
    return sorted(set(SILENT) & {number_of(serial) for (serial,) in rows("select serial from terminal")})


def test_its_window_facts_equal_a_recount(built: list[str]) -> None:
    query = "select md5(string_agg(w::text, '|' order by engagement_id, person_id, k)) from attendance_window w"
    before = rows(query)
    for (project,) in rows("select id from project"):
        with transaction() as at:
            windows.recount(at, project)
    assert rows(query) == before


def test_every_punch_came_as_a_request_in_vendors_bytes(built: list[str]) -> None:
    assert number("select count(*) from punch") == number("select count(*) from reading") > 0
    lost = "select count(*) from reading r where not exists (select from request q where q.id = r.request_id)"
    assert number(lost) == 0
    doors = dict(rows("select path, count(*) from request group by 1"))
    assert "/iclock/cdata" in doors
    assert len(doors) > 2
    assert not [path for path in doors if "token" in path or not table.behind(path)]
    assert number("select count(*) from request where path = '/iclock/cdata' and body not like '%255%'") == 0
    assert number("select count(*) from refusal") == 0


def test_some_terminals_push_by_the_half_hour_and_others_at_once(built: list[str]) -> None:
    delays = "select count(*) from reading where received - at {} interval '5 seconds'"
    assert number(delays.format("<")) > number(delays.format(">")) > 0


def test_one_clock_is_slow_and_says_so(built: list[str]) -> None:
    query = (
        "select t.serial from terminal_state s join terminal t on t.id = s.terminal_id where abs(s.skew_ms) > 300000"
    )
    assert [number_of(serial) for (serial,) in rows(query)] == [LAGGARD]
    of_it = "from reading r join terminal t on t.id = r.terminal_id where right(t.serial, 5)::int = :laggard"
    assert number(f"select count(*) {of_it} and r.received - r.at < interval '7 minutes'", laggard=LAGGARD) == 0


def test_terminals_without_a_line_are_silent_and_one_is_back_with_its_backlog(built: list[str]) -> None:
    query = (
        "select t.serial from terminal t join terminal_state s on s.terminal_id = t.id "
        "where s.last_seen < (select max(last_seen) from terminal_state) - interval '10 minutes' order by 1"
    )
    assert sorted(number_of(serial) for (serial,) in rows(query)) == silent()
    assert number("select count(*) from outage where ended is not null") == 1


def test_one_manager_was_replaced_and_never_exited(built: list[str]) -> None:
    new = rows("select id from person where id not in (select person_id from appointment)")
    assert len(new) == 1
    old = (
        "select p.id from appointment a join person p on p.id = a.person_id where a.post = 'C1' "
        "and upper_inf(a.during) and p.entered < (select max(entered) from person) "
        "and not exists (select from punch u where u.person_id = p.id and u.at > "
        "  (select entered from person where id = :new) + interval '15 hours') "
        "and exists (select from attendance_window w where w.person_id = p.id and w.ends > now())"
    )
    assert len(rows(old, new=new[0][0])) >= 1


def test_accounts_reach_from_the_province_to_the_unit(built: list[str]) -> None:
    found = Counter(role for (role,) in rows("select role from account"))
    assert found["city_bureau"] >= 3
    assert set(found) >= {"leader", "tech_centre", "city_agency", "owner", "unit", "support", "security"}


def test_building_it_again_changes_nothing(built: list[str]) -> None:
    before = number("select count(*) from event")
    demonstration.build(DAYS, lambda _: None, PROJECTS)
    assert number("select count(*) from event") == before


def test_one_that_was_cut_off_says_so(built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circulars, "listing", lambda *_: ())
    with pytest.raises(demonstration.Unfinished, match="cut off"):
        demonstration.build(DAYS, lambda _: None, PROJECTS)


def test_the_simulator_knows_its_living_terminals_and_who_uses_them(built: list[str]) -> None:
    population = cli.population()
    assert len(population) == number("select count(*) from terminal") - len(silent())
    assert len({terminal.protocol for terminal in population}) > 2
    assert any(terminal.numbers for terminal in population)
    assert [number_of(t.serial) for t in population if t.lag] == [LAGGARD]
