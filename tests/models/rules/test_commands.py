"""Commands as rules: none can wipe a terminal, codes in words, patience with limits, one picture an answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from ingest.protocols import table
from models.rules import commands
from models.rules.commands import BATCH, POLLS, TRIES, Kind, Order, State, Turn

AT = datetime(2018, 7, 1, tzinfo=UTC)
SPAN = {"since": "2018-07-01T16:00:00+00:00", "until": "2018-07-02T16:00:00+00:00", "minutes": "480"}
GIVEN = {**SPAN, "name": "张三", "content": "AAAA"}
DESTRUCTIVE = re.compile(
    r"CLEAR|SHELL|REBOOT|RESET|FORMAT|PutFile|(?:DELETE|DEL) (?!USERINFO PIN=|user Pin=)", re.IGNORECASE
)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("facts", [{}, {"devicetype": "acc"}, {"language": "83"}], ids=["att", "acc", "chinese"])
@pytest.mark.parametrize("dialect", table.DIALECTS, ids=lambda dialect: dialect.name)
def test_no_command_of_any_protocol_can_wipe_a_terminal(
    dialect: table.Dialect, facts: dict[str, str], kind: Kind
) -> None:
    words = dialect.write(Order(1, kind, "10000001", GIVEN), facts)
    assert not DESTRUCTIVE.search(words)
    assert bool(words) <= (kind in dialect.takes)


def test_a_terminal_takes_what_its_protocol_can_write() -> None:
    told = {d.name: {k for k in Kind if d.write(Order(1, k, "10000001", GIVEN), {})} for d in table.DIALECTS}
    assert told == {d.name: set(d.takes) for d in table.DIALECTS}


@pytest.mark.parametrize(
    ("code", "good", "words"),
    [(0, True, "成功"), (12, True, "成功"), (-1002, False, "不支持"), (-5000, True, "已接收"), (-77, False, "-77")],
)
def test_a_return_code_is_told_in_words(code: int, good: bool, words: str) -> None:
    assert commands.succeeded(code) is good
    assert words in commands.meaning(code)


@pytest.mark.parametrize(
    ("handed", "done", "code", "cancelled", "expected"),
    [
        (None, None, None, None, State.QUEUED),
        (AT, None, None, None, State.HANDED),
        (AT, AT, 0, None, State.DONE),
        (AT, AT, -1, None, State.FAILED),
        (AT, AT, None, None, State.FAILED),
        (AT, None, None, AT, State.CANCELLED),
    ],
)
def test_the_state_follows_from_what_is_known(
    handed: datetime | None, done: datetime | None, code: int | None, cancelled: datetime | None, expected: State
) -> None:
    assert commands.state(handed, done, code, cancelled) is expected


def test_a_silent_terminal_is_asked_again_after_some_polls_and_not_for_ever() -> None:
    assert commands.turn(0, 0) is Turn.HAND
    assert [commands.turn(1, polls) for polls in range(POLLS)] == [Turn.WAIT] * (POLLS - 1) + [Turn.HAND]
    assert commands.turn(TRIES, POLLS) is Turn.GIVE_UP


def test_an_answer_holds_one_picture_and_not_more_than_a_batch() -> None:
    kinds = [Kind.PERSON, Kind.FACE, Kind.FACE, Kind.PERSON]
    assert list(commands.fit(kinds)) == [True, True, False, True]
    assert sum(commands.fit([Kind.PERSON] * 300)) == BATCH
