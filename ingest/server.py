"""How the web server runs: gunicorn's settings (`--config python:ingest.server`), lenient to terminals' request lines.

The settings are module variables, as gunicorn reads them.
"""

from __future__ import annotations

import re
import resource
import time
from typing import Any, cast

import gunicorn
from gunicorn.http import parser
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader

from models import settings

_PLACE = settings.load()
_TRIED_WITH = "27.0.1"  # the classes below reach into gunicorn; another version needs tests/ingest/test_server.py first
_HEAD_SECONDS = 5.0  # from a request's first byte to the end of its head
_SILENCE_SECONDS = 10.0  # without a byte of the body
_BODY_SECONDS = 120.0  # for the whole body: a picture over a slow mobile line
_FILES = 16384

bind = [f"[{_PLACE.host}]:{_PLACE.port}" if ":" in _PLACE.host else f"{_PLACE.host}:{_PLACE.port}"]
# Two processes: one may die or reload while the other answers. A request mostly waits, for the database or
# for a terminal's slow line, and a stalled one holds its thread for seconds: so many threads.
worker_class = "gthread"
workers = 2
threads = 24
# Terminals and browsers keep their connections; an idle one waits in the poll, not in a thread.
worker_connections = 4000
keepalive = 75
timeout = 120  # a process without any sign of life is replaced
graceful_timeout = 20
chdir = str(settings.ROOT)
http_parser = "python"  # the C parser would pass by the lenient line
control_socket_disable = True
# Proxies are counted, not named (TRUSTED_PROXIES, werkzeug's ProxyFix); without them nobody's word on https is taken.
forwarded_allow_ips = "127.0.0.1,::1" if _PLACE.trusted_proxies else ""
forwarder_headers = ""
errorlog = "-"
loglevel = "warning"

_LINE = re.compile(rb"([A-Z]+) (.+) (HTTP/[0-9.]+)", re.DOTALL)
_UNQUOTED = re.compile(rb"[ \x80-\xff]")


def percent_encode(line: bytes) -> bytes:
    """A request line with spaces and bytes above ASCII of its target percent-encoded; anything else is left as it is.

    Firmware writes times (`Stamp=2026-11-22 08:00:00`) and Chinese names, in UTF-8 or GBK, as they are.
    """
    parts = _LINE.fullmatch(line)
    if not parts:
        return line
    target = _UNQUOTED.sub(lambda byte: b"%%%02X" % byte[0][0], parts[2])
    return b" ".join((parts[1], target, parts[3]))


class PatientUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads a connection with an end to its patience; writing keeps gunicorn's own, for answers may be long."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.deadline: float | None = None
        self.silence = _SILENCE_SECONDS
        self.given_up = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes; none, and never again any, once patience has ended: the request then reads as cut short."""
        left = self.silence if self.deadline is None else min(self.silence, self.deadline - time.monotonic())
        if self.given_up or left <= 0:
            self.given_up = True
            return b""
        before = self.sock.gettimeout()
        self.sock.settimeout(left if before is None else min(left, before))
        try:
            return cast("bytes", super().chunk(size_hint))
        except TimeoutError:
            self.given_up = True
            return b""
        finally:
            self.sock.settimeout(before)


class TerminalRequest(Request):  # type: ignore[misc]
    """A request as terminals write it."""

    def parse(self, unreader: PatientUnreader) -> bytes:
        """The head, within its time. Raises NoMoreData where it does not come: gunicorn then closes without a word."""
        unreader.deadline, unreader.silence = time.monotonic() + _HEAD_SECONDS, _HEAD_SECONDS
        rest = cast("bytes", super().parse(unreader))
        unreader.deadline, unreader.silence = time.monotonic() + _BODY_SECONDS, _SILENCE_SECONDS
        return rest

    def parse_request_line(self, line: bytes) -> None:
        super().parse_request_line(percent_encode(line))

    def should_close(self) -> bool:
        """After a request cut short nobody knows where the next one starts."""
        return getattr(self.unreader, "given_up", False) or bool(super().should_close())


def on_starting(server: Any) -> None:
    """In the first process, before it listens: room for the connections, and the classes above in gunicorn's parser."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    if gunicorn.__version__ != _TRIED_WITH:
        server.log.warning(
            "gunicorn %s is not %s: terminals that write spaces or Chinese into addresses will be refused.",
            gunicorn.__version__,
            _TRIED_WITH,
        )
        return
    parser.SocketUnreader = PatientUnreader
    parser.RequestParser.mesg_class = TerminalRequest


__all__ = ["PatientUnreader", "TerminalRequest", "on_starting", "percent_encode"]
