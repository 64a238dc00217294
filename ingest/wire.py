"""HTTP as terminals write it: uvicorn's connection, lenient to request lines, with an end to its patience.

A request that does not come whole is told so and its connection closed: nobody knows where the next one would start.
"""

from __future__ import annotations

import asyncio
import re
from enum import Enum, auto
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 5.0  # from a request's first byte to the end of its head
SILENCE_SECONDS = 10.0  # without a byte of the body
BODY_SECONDS = 120.0  # for the whole body: a picture over a slow mobile line
LINE_BYTES, HEAD_BYTES = 8190, 65_536  # of a request line, of a head that comes in parts
TOO_LONG = "too long\n"
INCOMPLETE = "incomplete: send again\n"

_LINE = re.compile(rb"([A-Z]+) (.+) (HTTP/[0-9.]+)(\r?)", re.DOTALL)
_UNQUOTED = re.compile(rb"[ \x80-\xff]")
_SLASHES = re.compile(rb"^/{2,}")


def percent_encode(line: bytes) -> bytes:
    """A request line with spaces and bytes above ASCII of its target percent-encoded; anything else is left as it is.

    Firmware writes times (`Stamp=2026-11-22 08:00:00`), Chinese names, in UTF-8 or GBK, and two slashes at the start.
    """
    parts = _LINE.fullmatch(line)
    if not parts:
        return line
    target = _SLASHES.sub(b"/", _UNQUOTED.sub(lambda byte: b"%%%02X" % byte[0][0], parts[2]))
    return b" ".join((parts[1], target, parts[3])) + parts[4]


class Stage(Enum):
    """How far a request has come."""

    LINE = auto()  # nothing, or a part of the request line
    HEAD = auto()
    BODY = auto()
    WHOLE = auto()  # being answered


class TerminalProtocol(HttpToolsProtocol):
    """A connection. One that never asks is closed as one that is idle between requests."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._stage = Stage.LINE
        self._line, self._head = b"", 0
        self._began = self._last = self.loop.time()
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, the request line mended first; most requests come whole and need no clock."""
        if fresh := self._stage in (Stage.LINE, Stage.WHOLE):
            self._line += data
            data = self._mended()
        self._last = self.loop.time()
        if data:
            self._head = len(data) if fresh else self._head + len(data)
            super().data_received(data)
        if len(self._line) > LINE_BYTES or (self._stage is Stage.HEAD and self._head > HEAD_BYTES):
            self.send_400_response(TOO_LONG)
        elif self._stage is Stage.WHOLE or (self._stage is Stage.LINE and not self._line):
            self._rest()
        elif self._watch is None and not self.transport.is_closing():
            self._began = self._last
            self._watch = self.loop.call_later(HEAD_SECONDS, self._look)

    def _mended(self) -> bytes:
        """What came so far with its request line mended, as soon as that is there; nothing before."""
        self._unset_keepalive_if_required()
        self._line = self._line.lstrip(b"\r\n")
        line, feed, rest = self._line.partition(b"\n")
        if not feed:
            return b""
        self._line, self._stage = b"", Stage.HEAD
        return percent_encode(line) + feed + rest

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage = Stage.HEAD  # also of one that came behind another, with its line as it is

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._stage, self._began = Stage.BODY, self.loop.time()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stage = Stage.WHOLE

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """The client has said all it will. What is whole is still answered, what is not is refused."""
        if self._stage is Stage.BODY:
            self._give_up()
            return None
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            return None
        cycle.keep_alive = False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _rest(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _look(self) -> None:
        """Has the rest of the request kept us waiting for too long?"""
        now, self._watch = self.loop.time(), None
        end = self._began + HEAD_SECONDS
        if self._stage is Stage.BODY:
            held_up = now if self.flow.read_paused else self._last  # it is we who do not read
            end = min(held_up + SILENCE_SECONDS, self._began + BODY_SECONDS)
        if now >= end:
            self._give_up()
        else:
            self._watch = self.loop.call_later(end - now, self._look)

    def _give_up(self) -> None:
        if self._stage is Stage.BODY and not self.cycle.response_started:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.send_400_response(INCOMPLETE)
        else:
            self.transport.close()
