"""Commands as bytes: full records, names a terminal can show, spans in its own time."""

from __future__ import annotations

import pytest

from ingest.protocols import zkteco
from ingest.protocols.reading import Decoded, Kind, Request
from ingest.protocols.zkteco import commands
from models.rules.commands import Kind as Command
from models.rules.commands import Order

POLL = Decoded("A1", Kind.POLL)
CHINESE = {"language": "83"}
SPAN = {"since": "2018-07-01T16:00:00+00:00", "until": "2018-07-02T16:00:00+00:00", "minutes": "480"}


def person(name: str, number: str = "10000001") -> Order:
    return Order(7, Command.PERSON, number, {"name": name})


def sent(order: Order, facts: dict[str, str]) -> bytes:
    known = Decoded("A1", Kind.POLL, facts=facts)
    return zkteco.answer(known, first_contact=False, commands=[("7", commands.write(order, facts))]).body


def test_a_person_is_a_full_record_and_a_name_is_in_the_terminal_s_own_writing() -> None:
    whole = "C:7:DATA UPDATE USERINFO PIN=10000001\tName=张三\tPri=0\tPasswd=\tCard=\tGrp=1\tTZ=0000000100000000"
    assert sent(person("张三"), {}) == whole.encode()
    assert sent(person("张三"), CHINESE) == whole.encode("gb2312")


@pytest.mark.parametrize("name", ["王珺喆", "𠮷田", "\ud800"])
def test_a_name_that_the_terminal_cannot_write_is_its_number_and_never_a_question_mark(name: str) -> None:
    told = sent(person(name), CHINESE)
    assert b"?" not in told
    assert b"Name=10000001\t" in told


def test_a_name_brings_no_line_and_no_field_of_its_own_and_is_not_cut_within_a_sign() -> None:
    told = sent(person("张\n三\tPri=14\r\nC:8:CLEAR DATA\x85"), {}).decode()
    assert told.count("\n") == 0
    assert told.count("\t") == 6
    assert sent(person("张" * 40), {}).decode().count("张") == 8
    assert sent(person("张" * 40), CHINESE).decode("gb2312").count("张") == 12


@pytest.mark.parametrize("number", ["", "1\tPri=14", "1 2", "９９", "1" * 25])
def test_a_number_that_is_none_is_never_written(number: str) -> None:
    for kind in (Command.PERSON, Command.REMOVE):
        with pytest.raises(ValueError, match="no number"):
            commands.write(Order(7, kind, number, {"name": "x"}), {})


def test_a_span_is_told_in_the_terminal_s_time_with_both_ends_within() -> None:
    told = commands.write(Order(7, Command.SUM, given=SPAN), {})
    assert told == "VERIFY SUM ATTLOG StartTime=2018-07-02 00:00:00\tEndTime=2018-07-02 23:59:59"
    west = commands.write(Order(7, Command.QUERY, given={**SPAN, "minutes": "360"}), {})
    assert west == "DATA QUERY ATTLOG StartTime=2018-07-01 22:00:00\tEndTime=2018-07-02 21:59:59"


@pytest.mark.parametrize(("minutes", "zone"), [("480", "8"), ("330", "330"), ("-180", "-3")])
def test_a_time_zone_is_told_in_hours_or_else_in_minutes(minutes: str, zone: str) -> None:
    assert commands.write(Order(7, Command.ZONE, given={"minutes": minutes}), {}) == f"SET OPTION TimeZone={zone}"


def test_the_security_push_has_its_own_words_and_none_for_attendance_uploads() -> None:
    door = {"devicetype": "acc"}
    assert commands.write(person("张三"), door).startswith("DATA UPDATE user CardNo=\tPin=10000001\t")
    assert commands.write(Order(7, Command.REMOVE, "10000001"), door) == "DATA DELETE user Pin=10000001"
    assert commands.write(Order(7, Command.SUM, given=SPAN), door) == ""


def test_a_poll_without_commands_is_answered_as_ever() -> None:
    assert zkteco.answer(POLL, first_contact=False).body == b"OK"


@pytest.mark.parametrize(
    "body", [b"ID=9&Return=0&CMD=VERIFY SUM&AttlogSum=12", b"ID=9\nReturn=0\nCMD=VERIFY SUM\nAttlogSum=12\n"]
)
def test_a_sum_is_read_from_the_result(body: bytes) -> None:
    asked = zkteco.decode(_request(body), digest=lambda _: "0")
    (result,) = asked.results
    assert (result.command, result.code, result.told) == ("9", 0, 12)


def _request(body: bytes) -> Request:
    return Request("POST", "/iclock/devicecmd", (("SN", "A1"),), {}, body)
