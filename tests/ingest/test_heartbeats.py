"""Contacts in memory: what could not be written is kept, and joined with what is heard later."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from ingest import heartbeats
from models.acts import terminals
from models.acts.terminals import Contact
from models.rules.scope import Scope
from tests.cast import wall

AT = wall("2018-07-01T08:00:00")
KEY = ("zkteco", "A1", True)


def test_a_database_that_was_away_makes_no_silence_of_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Contact] = []
    away = [True, True]

    def seen(_: Scope, contacts: Sequence[Contact]) -> None:
        if away:
            away.pop()
            raise OperationalError("", None, Exception("gone"))
        written.extend(contacts)

    monkeypatch.setattr(terminals, "seen", seen)
    beats = heartbeats.Heartbeats()
    monkeypatch.setattr(threading.Thread, "start", lambda _: None)  # flushed by hand here
    for minutes in (0, 8, 16):
        beats.heard(Contact(KEY, AT + timedelta(minutes=minutes), last_punch=AT if not minutes else None))
        beats.flush()
    (contact,) = written
    assert (contact.since, contact.instant, contact.last_punch) == (AT, AT + timedelta(minutes=16), AT)
    assert beats.flush() == 0
