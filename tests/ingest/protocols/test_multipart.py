"""Multipart bodies of terminals: what real ones get wrong still gives the right parts, and no byte is ever lost."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.protocols import multipart
from ingest.protocols.multipart import MANY, split

FORM = "multipart/form-data; boundary=MIME_boundary"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\r\n--not a boundary\r\n\xff\xd9"
EVENT = b'{\r\n\t"eventType":\t"AccessControllerEvent"\r\n}'


def part(name: str, content: bytes, kind: str = "application/json", end: bytes = b"\r\n") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="{name}.bin"'.encode()
    return head + end + (f"Content-Type: {kind}".encode() + end if kind else b"") + end + content


def body(*parts: bytes, boundary: bytes = b"MIME_boundary", end: bytes = b"\r\n", closed: bool = True) -> bytes:
    told = b"".join(b"--" + boundary + end + one + end for one in parts)
    return told + b"--" + boundary + b"--" + end if closed else told


PARTS = (part("event_log", EVENT), part("Picture", JPEG, "image/jpeg"))
LF = tuple(one.replace(b"\r\n", b"\n") for one in PARTS)


@pytest.mark.parametrize(
    ("given_body", "header"),
    [
        (body(*PARTS), FORM),
        (body(*PARTS), 'Multipart/Form-Data; charset=UTF-8; Boundary="MIME_boundary"'),
        (body(*PARTS), "multipart/form-data; boundary=mime_BOUNDARY"),
        (body(*PARTS), "multipart/form-data; boundary=somebody_else"),
        (body(*PARTS), "multipart/form-data; boundary=--MIME_boundary"),
        (body(*PARTS), "multipart/form-data"),
        (body(*PARTS), ""),
        (b"\r\n\r\n" + body(*PARTS), ""),
        (body(*PARTS, closed=False).removesuffix(b"\r\n"), FORM),
        (body(*PARTS).removesuffix(b"\r\n"), FORM),
        (body(*PARTS, closed=False) + b"--another--\r\n", FORM),
        (body(*PARTS) + b"--another--\r\n", FORM),
        (body(PARTS[0] + b"\r\n--another--", PARTS[1]), FORM),
        (body(*PARTS, boundary=b"MIME_boundary--"), FORM),
        (body(*PARTS).replace(b"MIME_boundary\r\n", b"MIME_boundary \t\r\n"), FORM),
        (b"--MIME_boundary\r\n" + body(*PARTS), FORM),
        (body(part("all", body(*PARTS, boundary=b"in"), "multipart/mixed; boundary=in")), FORM),
        (body(part("all", body(*PARTS, boundary=b"in"), "multipart/mixed")), FORM),
        (body(part("all", body(*PARTS, boundary=b"in"), "")), FORM),
        (body(b"\r\n" + body(*PARTS, boundary=b"MIME_boundary")), FORM),
    ],
    ids=["as it should be", "quoted", "other capitals", "boundary absent", "dashes in the header", "no boundary",
         "no header", "empty lines first", "not closed", "no last line end", "closed by another",
         "closed twice", "closed by another inside", "each closing", "spaces behind", "opened twice", "nested",
         "nested without a boundary", "nested without a type", "nested with the same boundary"],
)  # fmt: skip
def test_what_terminals_get_wrong_gives_the_same_two_parts(given_body: bytes, header: str) -> None:
    found = split(given_body, header)
    assert [(one.name, one.filename, one.content) for one in found.parts] == [
        ("event_log", "event_log.bin", EVENT),
        ("Picture", "Picture.bin", JPEG),
    ]
    assert [one.content_type for one in found.parts] == ["application/json", "image/jpeg"]
    assert found.body == given_body
    assert multipart.is_multipart(given_body, header)


def test_a_last_part_that_nothing_closes_keeps_its_line_end() -> None:
    found = split(body(*PARTS, closed=False), FORM)
    assert [one.content for one in found.parts] == [EVENT, JPEG + b"\r\n"]
    assert found.end == b""


def test_lines_may_end_with_lf_alone() -> None:
    found = split(body(*LF, end=b"\n"), FORM)
    assert [(one.name, one.content) for one in found.parts] == [
        ("event_log", EVENT.replace(b"\r\n", b"\n")),
        ("Picture", JPEG.replace(b"\r\n", b"\n")),
    ]


def test_a_part_may_lack_type_name_and_the_empty_line_before_its_content() -> None:
    found = split(body(b"\r\n" + EVENT, b"Content-Length: 7\r\n" + EVENT, EVENT, part("x", EVENT, "")), FORM)
    assert [(one.name, one.content_type, one.content) for one in found.parts] == [("", "", EVENT)] * 3 + [
        ("x", "", EVENT)
    ]
    assert [one.header("content-length") for one in found.parts] == ["", "7", "", ""]


def test_a_header_is_read_whatever_its_case_quotes_and_folds() -> None:
    head = b"CONTENT-DISPOSITION: x;\r\n\tNAME=Picture ; FileName=a.jpg\r\ncontent-type: Image/JPEG; x=y\r\n\r\n"
    (found,) = split(body(head + JPEG), FORM).parts
    assert (found.content_type, found.content) == ("image/jpeg", JPEG)
    straight = head.replace(b"\r\n\t", b" ")
    assert [(one.name, one.filename) for one in split(body(straight + JPEG), FORM).parts] == [("Picture", "a.jpg")]


def test_what_stands_outside_the_delimiters_is_a_part_too() -> None:
    found = split(b"before\r\n" + body(*PARTS) + b"after\r\n", FORM)
    assert [one.content for one in found.parts] == [b"before", EVENT, JPEG, b"after\r\n"]
    assert [one.head for one in found.parts][::3] == [b"", b""]


def test_a_body_without_any_delimiter_is_one_part() -> None:
    for whole in (EVENT, JPEG, b"--", b"--\r\n", b"\0"):
        assert [(one.head, one.content) for one in split(whole, FORM).parts] == [(b"", whole)]
        assert not multipart.is_multipart(whole, "application/json")


def test_other_contents_stand_in_the_same_frame() -> None:
    found = split(body(*PARTS), FORM).with_contents([b"{}", b"sha256:00:1"])
    assert found.body == body(part("event_log", b"{}"), part("Picture", b"sha256:00:1", "image/jpeg"))
    with pytest.raises(ValueError, match="shorter"):
        found.with_contents([b""])


def test_a_body_of_many_parts_is_split_no_further_than_the_limit() -> None:
    many = body(*[part(str(k), b"x") for k in range(MANY + 5)])
    found = split(many, FORM)
    assert len(found.parts) == MANY
    assert (found.parts[-2].content, found.body) == (b"x", many)
    assert found.parts[-1].content.count(b"--MIME_boundary\r\n") == 5


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [b"--b", b"--B--", b"--b--", b"\r\n", b"\n", b"\r", b" ", b"\t", b"a: b\r\n", b"Content-Type: multipart/x",
             b"; boundary=in\r\n", b"--in\r\n", b"--in--\n", b'Content-Disposition: x; name="n\0"\n', b"\xff\xd8\xff"]
        ),
    ),
    max_size=24,
).map(b"".join)  # fmt: skip
HEADERS = st.one_of(
    st.sampled_from(["multipart/form-data; boundary=b", 'multipart/x; boundary="b"', "boundary=", "boundary=\udc80"]),
    st.text(max_size=40),
)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(given_body=PIECES, header=HEADERS)
@example(given_body=b"--b\r\nContent-Type: multipart/x; boundary=b\r\n\r\n--b\r\n--b--", header="boundary=b")
@example(given_body=b"\n--b\n\n--b\n--b", header="boundary=b")
def test_any_bytes_are_taken_and_none_is_lost(given_body: bytes, header: str) -> None:
    found = split(given_body, header)
    assert found.body == given_body
    assert found.with_contents(one.content for one in found.parts) == found
    assert len(found.parts) <= len(given_body)
    for one in found.parts:
        assert all(text.isprintable() for text in (one.name, one.filename, one.content_type))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "filling",
    [b"--b\r\n", b"\n--b", b"--b\r\n--b--\r\n", b"a: ", b"a:\r\n b", b"a: b\r\n", b"\n--b--", b"-", b"\r\n", b"\n-- "],
)
def test_a_crafted_body_takes_no_more_than_its_length(filling: bytes) -> None:
    crafted = b"--b\r\n" + filling * (4_000_000 // len(filling))
    for header in ("multipart/form-data; boundary=b", "multipart/form-data"):
        assert split(crafted, header).body == crafted
