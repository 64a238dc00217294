"""A command in ZKTeco's words, for attendance push (2.x) and, where it has them, for security push ("acc", 3.x)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from ingest.protocols.reading import wall_text
from ingest.protocols.zkteco.answers import is_chinese
from models.rules.commands import Kind, Order

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff]")
_NUMBER = re.compile(r"[0-9A-Za-z]{1,24}", re.ASCII)
_NAME_BYTES: Final = 24  # what a terminal keeps of a name
_ANY_TIME: Final = "0000000100000000"
_ONLY_ATTENDANCE = frozenset({Kind.FACE, Kind.LOG, Kind.SUM, Kind.QUERY})


def write(order: Order, facts: Mapping[str, str]) -> str:
    """The text of a command behind its id, "" when this terminal's variant has none. ValueError: a number unfit."""
    if order.kind in (Kind.PERSON, Kind.REMOVE, Kind.FACE) and not _NUMBER.fullmatch(order.number):
        raise ValueError(f"command {order.id}: {order.number!r} is no number of a person")
    if facts.get("devicetype", "").lower() == "acc":
        return _security(order, facts)
    return _attendance(order, facts)


def _attendance(order: Order, facts: Mapping[str, str]) -> str:
    number, given = order.number, order.given
    match order.kind:
        case Kind.PERSON:  # a full record: what is left out is blanked on the terminal
            fields = (f"PIN={number}", f"Name={name(order, facts)}", "Pri=0", "Passwd=", "Card=", "Grp=1")
            return "DATA UPDATE USERINFO " + "\t".join((*fields, f"TZ={_ANY_TIME}"))
        case Kind.REMOVE:  # the person, not the records
            return f"DATA DELETE USERINFO PIN={number}"
        case Kind.FACE:
            content = given["content"]
            return f"DATA UPDATE BIOPHOTO PIN={number}\tType=9\tSize={len(content)}\tContent={content}"
        case Kind.SUM:
            return f"VERIFY SUM ATTLOG {_span(given)}"
        case Kind.QUERY:
            return f"DATA QUERY ATTLOG {_span(given)}"
        case Kind.ZONE:
            return f"SET OPTION TimeZone={_zone(int(given['minutes']))}"
        case Kind.CHECK | Kind.INFO | Kind.LOG:
            return order.kind.value.upper()


def _security(order: Order, facts: Mapping[str, str]) -> str:
    if order.kind in _ONLY_ATTENDANCE:
        return ""
    if order.kind is Kind.PERSON:
        fields = ("CardNo=", f"Pin={order.number}", "Password=", "Group=0", "StartTime=0", "EndTime=0")
        return "DATA UPDATE user " + "\t".join((*fields, f"Name={name(order, facts)}", "Privilege=0"))
    return f"DATA DELETE user Pin={order.number}" if order.kind is Kind.REMOVE else _attendance(order, facts)


def name(order: Order, facts: Mapping[str, str]) -> str:
    """The name as the terminal can show it, else the number: a sign that it cannot read would spoil the whole name.

    A terminal set to Chinese knows GB2312 only: a rarer character in UTF-8 or in four bytes comes out as several wrong
    ones, and "?" is another name. The number is what attendance goes by, and is always right.
    """
    told = _CONTROL.sub("", order.given.get("name", "")).strip()
    encoding = "gb2312" if is_chinese(facts) else "utf-8"
    try:
        while len(told.encode(encoding)) > _NAME_BYTES:
            told = told[:-1]
    except UnicodeEncodeError:
        return order.number
    return told or order.number


def _span(given: Mapping[str, str]) -> str:
    """A half-open span as the terminal reads it: wall times, both ends within."""
    minutes = int(given["minutes"])
    since, until = datetime.fromisoformat(given["since"]), datetime.fromisoformat(given["until"])
    last = until - timedelta(seconds=1)
    return f"StartTime={wall_text(since, minutes)}\tEndTime={wall_text(last, minutes)}"


def _zone(minutes: int) -> int:
    """Whole hours; any other offset is told in minutes, which a terminal knows by its size."""
    return minutes if minutes % 60 else minutes // 60
