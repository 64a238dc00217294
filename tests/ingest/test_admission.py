"""Which terminal speaks: its token where the protocol has one, and what its own words may say against that."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ingest.admission import NAMELESS, Register, may_be
from ingest.protocols import house
from ingest.protocols.reading import Decoded, Kind, Request
from ingest.protocols.table import Dialect, Secret
from models import database
from models.acts.terminals import token_hash
from models.queries import terminals
from models.queries.terminals import Identity

MAC = "a4:d5:c2:24:dd:74"
KNOWN = {
    ("p", "S1"): Identity(1, token_hash("one"), 480, contacted=True),
    ("p", "S2"): Identity(2, token_hash("two"), 480, contacted=True),
    ("p", "S3"): Identity(3, None, 480, contacted=False),
    ("q", "S1"): Identity(4, token_hash("other"), 480, contacted=True),
}


@contextmanager
def no_database() -> Iterator[tuple[None, None]]:
    yield None, None


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    monkeypatch.setattr(database, "reading", no_database)
    monkeypatch.setattr(terminals, "identities", lambda *_: KNOWN)
    return Register()


def dialect(secret: Secret) -> Dialect:
    return Dialect("p", "", house, ("/ingest/p",), secret)


def says(serial: str, mac: str = "") -> Decoded:
    return Decoded(serial, Kind.RECORDS, facts={"mac": mac} if mac else {})


@pytest.mark.parametrize(
    ("secret", "token", "serial", "key"),
    [
        (Secret.NONE, "", "S1", ("S1", True)),
        (Secret.NONE, "whatever", "S9", ("S9", True)),
        (Secret.NONE, "", "", (NAMELESS, True)),
        (Secret.HEADER, "one", "S1", ("S1", True)),
        (Secret.HEADER, "one", "", (NAMELESS, False)),
        (Secret.HEADER, "one", "S2", ("S2", False)),
        (Secret.HEADER, "", "S3", ("S3", False)),
        (Secret.HEADER, "other", "S1", ("S1", False)),
        (Secret.PATH, "one", "S1", ("S1", True)),
        (Secret.PATH, "one", "", ("S1", True)),
        (Secret.PATH, "one", "S2", ("S2", False)),
        (Secret.PATH, "one", "s1", ("S1", True)),
        (Secret.PATH, "", "S1", ("S1", False)),
        (Secret.PATH, "", "", (NAMELESS, False)),
        (Secret.PATH, "other", "S1", ("S1", False)),
        (Secret.PATH, "guessed", "", (NAMELESS, False)),
    ],
)
def test_words_are_laid_to_a_terminal_only_with_its_own_token(
    register: Register, secret: Secret, token: str, serial: str, key: tuple[str, bool]
) -> None:
    speaker = register.speaker(dialect(secret), token, says(serial))
    assert speaker.key == ("p", *key)
    assert speaker.identity is (KNOWN.get(("p", key[0])) if key[1] else None)


def test_a_token_whose_body_names_another_serial_is_held_and_alarmed_once(
    register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        held = [register.speaker(dialect(Secret.PATH), "one", says("S2")) for _ in range(3)]
    assert {(one.key, one.owner) for one in held} == {(("p", "S2", False), "S1")}
    assert [record.getMessage() for record in caplog.records] == ["held: S2 speaks with the token of p S1"]
    assert register.speaker(dialect(Secret.PATH), "guessed", says("S2")).owner == ""


@pytest.mark.parametrize(
    ("registered", "told", "mac", "fits"),
    [
        ("FY0597362", "FY0597362", MAC, True),
        ("FY0597362", "fy0597362", "", True),
        ("FY0597362", "GS7020902", MAC, False),
        ("FY0597362", "", "", True),
        ("FY0597362", MAC, MAC, True),  # it tells its network card's address only
        (MAC, "FY0597362", MAC, True),
        ("A4-D5-C2-24-DD-74", MAC, MAC, True),
        (MAC, "a4:d5:c2:00:00:01", "a4:d5:c2:00:00:01", False),
        (MAC, "FY0597362", "", False),
    ],
)
def test_a_name_speaks_against_a_terminal_only_where_it_is_a_name_of_the_same_kind(
    registered: str, told: str, mac: str, fits: bool
) -> None:
    assert may_be(registered, says(told, mac)) is fits


@pytest.mark.parametrize(
    ("path", "token", "bare"),
    [
        ("/ingest/p", "", "/ingest/p"),
        ("/ingest/p/", "", "/ingest/p"),
        ("/ingest/p/aB-9", "aB-9", "/ingest/p"),
        ("//Ingest//P//aB-9/", "aB-9", "/Ingest/P"),
        ("/ingest/p/aB-9/identify", "aB-9", "/ingest/p/identify"),
    ],
)
def test_a_token_in_the_address_is_read_and_never_kept(path: str, token: str, bare: str) -> None:
    asked = Request("POST", path)
    assert dialect(Secret.PATH).token(asked) == token
    assert dialect(Secret.PATH).without_token(path) == bare
    assert dialect(Secret.HEADER).without_token(path) == dialect(Secret.NONE).without_token(path) == path
    assert dialect(Secret.NONE).token(asked) == dialect(Secret.HEADER).token(asked) == ""


def test_a_simulated_terminal_carries_its_token_where_its_brand_does() -> None:
    for path in ("/ingest/p", "/ingest/p/identify"):
        for secret in (Secret.HEADER, Secret.PATH):
            row = dialect(secret)
            assert row.token(row.with_token(Request("POST", path), "aB-9")) == "aB-9"
    sent = dialect(Secret.PATH).with_token(Request("POST", "/ingest/p/identify"), "aB-9")
    assert sent.path == "/ingest/p/aB-9/identify"
    assert dialect(Secret.NONE).with_token(sent, "aB-9") is sent
