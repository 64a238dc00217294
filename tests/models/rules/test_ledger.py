"""Canonical bytes never change: golden leaves of every append-only kind."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.rules.ledger import FIELDS, leaf
from models.tables import metadata

AT = datetime(2018, 7, 1, 0, 2, 11, 250_000, tzinfo=UTC)
SALT = bytes(range(16))
ROW: dict[str, Any] = {
    "salt": SALT, "id": 7, "at": AT, "received": AT, "recorded": AT, "decided": AT, "as_of": AT, "terminal_id": 3,
    "number": "10000001", "status": "255", "verify": "15", "method": 1, "device_time": "2018-07-01 08:02:11",
    "request_id": 9, "line": 0, "person_id": 5, "reading_id": 7, "path": "/iclock/cdata", "query": "SN=A",
    "headers": "",
    "body": b"x", "digest": hashlib.sha256(b"x").digest(), "text": "a\nb", "reason": "why", "decided_by": 1,
    "confirmed_by": 2, "restores": None, "month": date(2018, 7, 1), "run_id": 1, "engagement_id": 4, "rule": "A01",
    "windows": 2, "points": Decimal("1.0"), "account_id": 0, "act": "appoint", "subject": {"b": 1, "a": [1, 2]},
    "outcome": "done",
    "sheet": {"height_cm": 118, "ticked": ["light"], "notes": {"place": "x"}},
    "steps": {"registered": 1, "clock": None}, "photos": ["ab"],
    "told": AT, "users": 30, "attlogs": 900, "faces": None, "name": "records_deleted", "code": 23,
    "operator": "1", "said": ["0", "10000001"],
}  # fmt: skip
GOLDEN = {
    "commissioning/1": "f3b69d13af688b31e878a2fa97a321fab87196aa4b5bce08628a1820c0545f69",
    "deduction/1": "f5bdde2ae8d4244e027e2e25927279f2f5fa4176bf5d819ba682b3c748e0b034",
    "disqualification/1": "dc53b96f91096d3783f4f17c89b36a6677aa6f0366470e8d35de3ff1ed41ee40",
    "event/1": "84f88a79d44283135dbb228752baba39ea0ebc540105dc0d2353dac4b9bfc392",
    "month_run/1": "3728c2ba6bd427566f07b0373f24ae6c3465aae4932e4161da9be3fecb6811f8",
    "punch/1": "574286d264a5143a7f00be7a4106cd3e685c25b531144f6471604961b8cff35b",
    "reading/1": "65183ed060d645280ffd281449ac3174f2dce55642c2709b91d499f3b00e05f2",
    "refusal/1": "115cff4b62e87fb330be247b5f44f8de99212f1102c91612e7316c98e96d38dc",
    "request/1": "fb0ce85005e2adb3463b8bf26bef94a62e1d1e38edafc923b04aefe3b1e43392",
    "terminal_count/1": "9af53cc6a837742deed8b9dfbe68a08e0ef96a29a9c6e3b417b16034737dc076",
    "terminal_event/1": "7d565728ef06e133b931da62598fc586700d2d79f00da61879b46bab4389d78e",
}


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_a_leaf_keeps_its_bytes_for_ever(kind: str) -> None:
    assert hashlib.sha256(leaf(kind, ROW)).hexdigest() == GOLDEN[kind]


def test_a_reading_says_no_number_in_its_leaf() -> None:
    told = leaf("reading/1", ROW)
    assert b"10000001" not in told
    assert told.splitlines()[0] == b"reading/1"
    assert b"at=1530403331250" in told


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_a_leaf_commits_to_every_column_of_its_table(kind: str) -> None:
    table = metadata.tables[kind.partition("/")[0]]
    told = {name.rstrip("#") for name in FIELDS[kind]} | {"salt"}
    assert told == {column.name for column in table.columns}
