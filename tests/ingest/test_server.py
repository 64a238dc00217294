"""The web server as terminals meet it: their request lines are understood, and a stalled one keeps nobody waiting."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest import wire
from models import settings

APP = """
import os
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message["more_body"]
    told = [scope["path"], scope["query_string"].decode(), scope["scheme"], str(len(body)), str(os.getpid())]
    answer = "\\n".join(told).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]})
    await send({"type": "http.response.body", "body": answer})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, at = tmp_path_factory.mktemp("app"), free_port()
    (folder / "tiny.py").write_text(APP)
    env = os.environ | {"PORT": str(at), "HOST": "127.0.0.1", "DATA_DIR": str(folder), "PYTHONPATH": str(folder)}
    order = [str(Path(sys.executable).parent / "gunicorn"), "--config", "python:ingest.server", "tiny:app"]
    with subprocess.Popen(order, cwd=settings.ROOT, env=env, stderr=subprocess.DEVNULL) as web:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                ask(at, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                break
            except OSError:
                time.sleep(0.1)
        yield at
        web.terminate()
        assert web.wait(30) == 0


def call(port: int, request: bytes) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    line.sendall(request)
    return line


def ask(port: int, request: bytes) -> list[str]:
    """Status and what the application saw: path, query, scheme, length of the body, process."""
    with call(port, request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)) as line:
        return heard(line)


def heard(line: socket.socket) -> list[str]:
    answer = b""
    while more := line.recv(65536):
        answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    return [head.split(b" ")[1].decode() if head else "", *body.decode("latin-1").split("\n")]


def told(line: socket.socket, word: bytes) -> bool:
    """Does `word` come over a connection that stays open? Head and body may come apart."""
    answer = b""
    while word not in answer and (more := line.recv(65536)):
        answer += more
    return word in answer


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/iclock/cdata?SN=1&Stamp=2026-11-22 08:00:00", "/iclock/cdata", "SN=1&Stamp=2026-11-22%2008:00:00"),
        ("/iclock/cdata?name=张三".encode(), "/iclock/cdata", "name=%E5%BC%A0%E4%B8%89"),
        ("/iclock/cdata?name=张三".encode("gbk"), "/iclock/cdata", "name=%D5%C5%C8%FD"),
        (b"/iclock/cdata?name=caf\xe9", "/iclock/cdata", "name=caf%E9"),
        (b"/a b/c?x=%20y", "/a b/c", "x=%20y"),
        (b'/x?q="<>|{}', "/x", 'q="<>|{}'),
        (b"/x HTTP/1.1", "/x HTTP/1.1", ""),
        (b"//iclock//cdata?SN=1", "/iclock//cdata", "SN=1"),
        (b"http://x/iclock/cdata?SN=1", "/iclock/cdata", "SN=1"),
    ],
)
def test_addresses_as_firmware_writes_them_are_understood(port: int, target: bytes, path: str, query: str) -> None:
    seen = ask(port, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert seen[:3] == ["200", path, query]


@pytest.mark.parametrize("line", [b"GET /x\x00y HTTP/1.1", b"get /x HTTP/1.1", b"GET  HTTP/1.1", b"\x16\x03"])
def test_what_is_no_request_line_is_still_refused(port: int, line: bytes) -> None:
    assert ask(port, line + b"\r\nHost: x\r\n\r\n")[0] == "400"


def test_an_http_1_0_terminal_is_served(port: int) -> None:
    with call(port, b"POST /iclock/cdata?SN=1 HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc") as line:
        assert heard(line)[:5:4] == ["200", "3"]


def test_half_heads_keep_nobody_waiting_for_long(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(60):  # more than all threads
            stack.enter_context(call(port, b"GET /iclock/getrequest?SN=1 HTTP/1.1\r\nHost:"))
        time.sleep(0.3)
        began = time.monotonic()
        assert ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[0] == "200"
        assert time.monotonic() - began < 2 * wire.HEAD_SECONDS


def test_a_head_that_drips_is_cut_off(port: int) -> None:
    with call(port, b"GET / HTTP/1.1\r\n") as line:
        began = time.monotonic()
        try:
            while time.monotonic() - began < 20:
                line.sendall(b"X: y\r\n")
                time.sleep(0.5)
        except OSError:
            pass
        assert time.monotonic() - began < wire.HEAD_SECONDS + 6


def test_a_stalled_body_is_refused_and_ends_the_connection(port: int) -> None:
    with call(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc") as line:
        began = time.monotonic()
        assert heard(line)[:2] == ["400", "incomplete: send again"]  # returns only when the server closes
        assert wire.SILENCE_SECONDS - 1 < time.monotonic() - began < wire.SILENCE_SECONDS + 5


def test_a_body_that_ends_too_early_is_refused_at_once(port: int) -> None:
    with call(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc") as line:
        began = time.monotonic()
        line.shutdown(socket.SHUT_WR)
        assert heard(line)[0] == "400"
        assert time.monotonic() - began < 2


def test_who_closes_its_own_half_after_the_request_still_hears_the_answer(port: int) -> None:
    with call(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc") as line:
        line.shutdown(socket.SHUT_WR)
        assert heard(line)[:5:4] == ["200", "3"]


def test_a_request_in_pieces_is_one_request(port: int) -> None:
    whole = b"POST /a b?c=\xe9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
    with call(port, whole[:1]) as line:
        for k in range(1, len(whole)):
            time.sleep(0.002)
            line.sendall(whole[k : k + 1])
        assert heard(line)[:5] == ["200", "/a b", "c=%E9", "http", "3"]


def test_empty_lines_after_a_body_do_not_spoil_the_next_request(port: int) -> None:
    with call(port, b"POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\r\n") as line:
        assert told(line, b"/1")
        line.sendall(b"GET /2 3 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert told(line, b"/2 3")


def test_a_line_without_end_is_refused(port: int) -> None:
    with call(port, b"GET /" + b"x" * 9_000) as line:
        assert heard(line)[0] == "400"


def test_a_head_without_end_is_refused(port: int) -> None:
    with call(port, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 11_000) as line:
        assert heard(line)[0] == "400"


def test_a_connection_is_kept_for_the_next_heartbeat(port: int) -> None:
    with call(port, b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n") as line:
        assert told(line, b"/1")
        time.sleep(wire.HEAD_SECONDS + 1)
        line.sendall(b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert told(line, b"/2")


def test_nobody_is_believed_about_https_without_a_trusted_proxy(port: int) -> None:
    assert ask(port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\n\r\n")[3] == "http"


def test_a_killed_process_is_replaced(port: int) -> None:
    killed = int(ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[5])
    os.kill(killed, signal.SIGKILL)
    seen: set[int] = set()
    end = time.monotonic() + 30
    while len(seen) < 2 and time.monotonic() < end:
        seen.add(int(ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[5]))
    assert len(seen) == 2
    assert killed not in seen


def test_the_address_is_left_alone_where_nothing_is_to_do() -> None:
    for line in (b"GET /a?b=c%20d HTTP/1.1\r", b"GET /\r", b"", b"PRI * HTTP/2.0"):
        assert wire.percent_encode(line) == line
