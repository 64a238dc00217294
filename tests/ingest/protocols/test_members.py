"""JSON and forms as terminals write them."""

import hashlib
import hmac
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols.members import is_bare, read, read_form, unfit, word, words
from ingest.protocols.personal import Scissors


def digest(content: bytes) -> str:
    return hmac.digest(b"key", content, hashlib.sha256).hex()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"SN":"A","Limit":5}',
        b'{"SN":"A","Limit":5,}',
        b'{"SN":"A",\r\n"Limit":\t5 , \n}',
        b'\xef\xbb\xbf{"SN":"A","Limit":5.0}',
        b'{"SN":"A","SN":"A","Limit":5}',
    ],
    ids=["as it should be", "a comma too many", "and blanks", "byte order mark", "a member twice"],
)
def test_json_is_read_as_terminals_write_it(raw: bytes) -> None:
    sheet = read(raw)
    assert sheet is not None
    assert isinstance(sheet.value, dict)
    assert words(sheet.value) == {"sn": "A", "limit": "5"}
    assert sheet.part == raw or b'"SN":"A","SN"' in raw


def test_a_comma_inside_a_text_stays() -> None:
    sheet = read(b'{"a":",}","b":["\\",]",],}')
    assert sheet is not None
    assert sheet.value == {"a": ",}", "b": ['",]']}


@pytest.mark.parametrize(
    "raw", [b"", b"[", b'{"a":1', b'{"a":1}}', b"[" * 20 + b"]" * 20, b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_what_is_no_json_of_a_terminal_s_is_none(raw: bytes) -> None:
    assert read(raw) is None


def test_names_in_gbk_are_read_and_numbers_json_cannot_write_are_left_out() -> None:
    sheet = read('{"Name":"陈志峰","x":1e999,"y":NaN}'.encode("gb18030"))
    assert sheet is not None
    assert sheet.value == {"Name": "陈志峰", "x": None, "y": None}
    assert json.loads(sheet.part) == sheet.value


def test_a_form_s_fields_are_texts_and_what_is_cut_leaves_the_rest() -> None:
    sheet = read_form(b"deviceKey=A%20B&time=1&name=%B3%C2&path=")
    assert sheet is not None
    assert isinstance(sheet.value, dict)
    assert sheet.value == {"deviceKey": "A B", "time": "1", "name": "陈", "path": ""}
    scissors = Scissors(digest)
    sheet.cut(sheet.value, lambda name, _: name != "name", "7", scissors, {})
    assert sheet.part.startswith(b"deviceKey=A+B&time=1&name=hmac:")
    assert [(one.kind, one.number, one.content) for one in scissors.parts] == [("name", "7", "陈".encode())]
    again = read_form(sheet.part)
    assert again is not None
    assert again.value == sheet.value


@pytest.mark.parametrize("raw", [b"", b"=1", b"a=1&=2", b"\xff\xd8\xff=1", b"a b=1", b"&".join([b"a=1"] * 300)])
def test_what_is_no_form_is_none(raw: bytes) -> None:
    assert read_form(raw) is None


def test_a_word_is_a_scalar_that_can_be_stored() -> None:
    scalars: list[object] = [" a ", 5, 5.0, 1e300, True, None, {}, "a\0b", "\ud800"]
    assert [word(one) for one in scalars] == ["a", "5", "5", "1e+300", "", "", "", "a\u2400b", "\ufffd\ufffd\ufffd"]


def test_bare_is_what_names_nobody() -> None:
    assert is_bare({"a": [1, 2.5, None, True], "b": {}})
    assert not is_bare({"a": [{"b": "x"}]})


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (("",), "number missing"),
        (("1" * 65,), "too long"),
        (("1", "x" * 41), "too long"),
        (("1\n",), "unreadable"),
        (("1", "hmac:00ff:3"), "cut as personal"),
    ],
)
def test_a_record_that_cannot_stand_says_why(columns: tuple[str, ...], told: str) -> None:
    assert told in unfit(*columns)


def test_a_record_that_can_stand_is_silent() -> None:
    assert unfit("00000001", "2026-08-20 08:05:00", "", "face_0") == ""


@settings(max_examples=200, derandomize=True, deadline=None)
@given(text=st.text(st.sampled_from('{}[],":\\ \n1aeE.-'), max_size=40))
@example(text='{"a":1,"a":{"b":"secret"},}')
def test_any_text_is_read_or_not_and_what_is_written_anew_says_the_same(text: str) -> None:
    sheet = read(text.encode())
    if sheet is not None:
        again = read(sheet.part)
        assert again is not None
        assert again.value == sheet.value


@pytest.mark.timeout(10)
@pytest.mark.parametrize("filling", [b'"', b'\\"', b",", b", ", b'{"', b"\\", b"[1,", b"a=1&", b"%", b'",'])
def test_crafted_texts_take_no_more_than_their_length(filling: bytes) -> None:
    crafted = b'{"' + filling * (2_000_000 // len(filling))
    assert read(crafted) is None
    assert read_form(crafted) is None
    assert read_form(b"a=" + filling * 100_000) is None or b"&" not in filling
