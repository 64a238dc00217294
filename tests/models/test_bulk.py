"""A province loaded in bulk is what acts would have made of the same readings, in a database like any other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models import database, embedded
from models.acts import attendance, bulk, windows
from models.database import history, transaction
from models.rules.instants import day_start
from models.rules.readings import Method
from models.rules.scope import PROCESS, Refused
from tests.bench import answers, province
from tests.cast import arrival, punch
from tests.conftest import superuser
from tests.models.test_race import rollup

END = day_start(date(2018, 9, 1))


def silent(_: str) -> None:
    """Tests need no progress."""


@pytest.fixture(scope="module")
def loaded(bare: str, data_dir: Path) -> Iterator[dict[str, int]]:
    """The tiny province in this module's database, loaded by the owner, then used by the application's role."""
    database.bind(embedded.url("owner", bare, data_dir=data_dir)).dispose()
    rows = province.fill("tiny", END, say=silent)
    database.engine().dispose()
    engine = database.bind(embedded.url("app", bare, data_dir=data_dir))
    yield rows
    engine.dispose()


def one(query: str) -> object:
    with database.reading() as (session, _):
        return session.scalar(text(query))


def test_every_derived_table_is_what_a_recount_gives(loaded: dict[str, int]) -> None:
    before = rollup()
    assert all(before.values())
    with history() as past:
        past.go(END)
        with database.reading() as (session, _):
            projects = session.scalars(text("select id from project")).all()
        for project in projects:
            with transaction() as at:
                windows.recount(at, project)
    assert rollup() == before


@pytest.mark.parametrize("question", answers.QUESTIONS, ids=lambda question: question.name)
@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=1, hours=5), timedelta(days=4)], ids=str)
def test_naive_sql_over_punches_gives_the_same_answers(
    loaded: dict[str, int], question: answers.Question, late: timedelta
) -> None:
    with database.reading() as (session, _):
        naively = question.told_naively(question.naive(session, END + late), END + late)
        assert naively
        assert question.told(question.ours(session, END + late)) == naively


def test_every_state_and_every_reason_not_to_count_occurs(loaded: dict[str, int]) -> None:
    codes = "select count(distinct window_code(post_ms, duty_ms, halt_ms, punches, 86400000)) from attendance_window"
    assert one(codes) == 5  # met, excused, stopped, open or missed, not due
    assert one("select count(*) from punch where method = 6")
    assert one(
        "select count(*) from punch p where not exists (select from service s join engagement e using (project_id) "
        "join appointment a on a.engagement_id = e.id "
        "where (a.person_id, s.terminal_id) = (p.person_id, p.terminal_id))"
    )
    assert loaded["disqualification"] > 0
    assert one("select count(*) from absence where revoked is not null")


def test_every_punch_cites_its_reading_and_every_reading_its_request(loaded: dict[str, int]) -> None:
    assert loaded["punch"] == loaded["reading"] == one(
        "select count(*) from punch p join reading r on (r.id, r.at, r.terminal_id, r.method, r.received) = "
        "(p.reading_id, p.at, p.terminal_id, p.method, p.recorded) "
        "join request q on (q.id, q.received, q.terminal_id) = (r.request_id, r.received, r.terminal_id) "
        "join badge b on b.number = r.number and b.person_id = p.person_id "
        "where to_char(r.at + interval '8 hours', 'YYYY-MM-DD HH24:MI:SS') = r.device_time"
    )  # fmt: skip
    assert one("select count(distinct salt) from punch") == loaded["punch"]


CATALOGUE = """
select tablename || ' ' || indexdef from pg_indexes where schemaname = 'public';
select conrelid::regclass || ' ' || regexp_replace(conname, '_[0-9]+$', '') || ' ' || convalidated || ' '
       || pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace and conrelid > 0;
select tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text || ' ' || pg_get_triggerdef(oid)
from pg_trigger where not tgisinternal;
select oid::regclass || ' ' || relpersistence::text || ' ' || coalesce(pg_get_expr(relpartbound, oid), '') || ' '
       || coalesce(array_to_string(reloptions, ','), '') || ' ' || coalesce(array_to_string(relacl, ','), '')
from pg_class where relnamespace = 'public'::regnamespace;
select attrelid::regclass || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull || ' '
       || attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
from pg_attribute a left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
where attnum > 0 and not attisdropped and attrelid::regclass::text ~ '^(request|reading|punch|attendance_window)'
"""


def catalogue() -> list[list[str]]:
    with database.reading() as (session, _):
        return [sorted(session.scalars(text(query))) for query in CATALOGUE.split(";")]


def test_keys_indexes_guards_and_months_are_those_of_any_other_database(
    loaded: dict[str, int], bare: str, data_dir: Path
) -> None:
    found = catalogue()
    with database.reading() as (session, _):
        query = "select relname from pg_class where relname ~ '_[0-9]{6}$' and relkind = 'r' order by oid"
        months = session.scalars(text(query)).all()
    superuser(data_dir, "create database t_other template lvyue owner owner")
    other = database.bind(embedded.url("app", "t_other", data_dir=data_dir))
    try:
        with transaction() as at:
            for child in months:
                table, _, month = child.rpartition("_")
                instant = datetime.strptime(month + "15+0000", "%Y%m%d%z")
                at.session.execute(text("select ensure_month(:table, :instant)"), {"table": table, "instant": instant})
        assert catalogue() == found
    finally:
        other.dispose()
        superuser(data_dir, "drop database t_other with (force)")
        database.bind(embedded.url("app", bare, data_dir=data_dir))


def test_what_was_loaded_cannot_be_altered(loaded: dict[str, int]) -> None:
    for table in ("punch", "reading", "request"):
        with pytest.raises(DBAPIError, match=r"append-only|permission denied"), transaction() as at:
            at.session.execute(text(f"delete from {table}"))


def test_one_and_several_punches_a_window_meet_the_same_windows(
    loaded: dict[str, int], monkeypatch: pytest.MonkeyPatch, data_dir: Path, bare: str
) -> None:
    extent, _ = province.SIZES["tiny"]
    monkeypatch.setitem(province.SIZES, "sparse", (extent, False))
    states = "select engagement_id, person_id, first_k, encode(states, 'hex') from window_strip order by 1, 2"
    superuser(data_dir, "create database t_sparse template lvyue owner owner")
    with database.reading() as (session, _):
        dense = session.execute(text(states)).all()
    engine = database.bind(embedded.url("owner", "t_sparse", data_dir=data_dir))
    try:
        rows = province.fill("sparse", END, say=silent)
        assert rows["punch"] < loaded["punch"] / 5
        with database.reading() as (session, _):
            assert session.execute(text(states)).all() == dense
    finally:
        engine.dispose()
        superuser(data_dir, "drop database t_sparse with (force)")
        database.bind(embedded.url("app", bare, data_dir=data_dir))


def test_a_real_push_into_it_counts(loaded: dict[str, int]) -> None:
    attendance.forget_months()
    with database.reading() as (session, _):
        row = session.execute(
            text(
                "select t.serial, t.protocol, b.number, w.engagement_id, w.person_id, w.k, w.project_id "
                "from attendance_window w join appointment a using (engagement_id, person_id) "
                "join badge b using (person_id) join service s on s.project_id = w.project_id "
                "join terminal t on t.id = s.terminal_id where w.starts <= :now and w.ends > :now and w.punches = 0 "
                "and w.duty_ms >= 86400000 and a.during @> cast(:now as timestamptz) limit 1"
            ),
            {"now": END + timedelta(hours=1)},
        ).one()
    place = f"project_id = {row.project_id} and k = {row.k}"
    met, state = (
        f"select met from project_tally where {place}",
        (
            f"select get_byte(states, {row.k} - first_k) from window_strip "
            f"where (engagement_id, person_id) = ({row.engagement_id}, {row.person_id})"
        ),
    )
    before = one(met)
    with history() as past:
        past.go(END + timedelta(hours=2))
        reading = punch(row.number, END + timedelta(hours=1), method=Method.FACE)
        outcome = attendance.intake(PROCESS, [arrival(row.serial, reading, protocol=row.protocol)])
    assert (outcome.readings, outcome.punches, outcome.counted) == (1, 1, 1)
    assert one(met) == int(str(before)) + 1
    assert one(state) == 1


def test_a_database_in_use_refuses(loaded: dict[str, int]) -> None:
    with pytest.raises(Refused, match="in use"):
        bulk.load(PROCESS, iter(()), END, silent)
