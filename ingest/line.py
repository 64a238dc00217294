"""A simulated terminal's side of HTTP: one connection kept open, one request on it at a time, cheap enough for many."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest.protocols.reading import Request

PATIENCE = 60.0  # seconds for an answer


class Cut(OSError):
    """The connection ended before the answer: what was sent counts as not heard."""


def written(request: Request, host: str = "terminal", *, keep: bool = False) -> bytes:
    """The bytes of a request. Many terminals close their connection after each; `keep`: this one does not."""
    told = {"Host": host, **request.headers, "Content-Length": str(len(request.body))}
    if keep:
        told.pop("Connection", None)
    if not request.body and request.method == "GET":
        del told["Content-Length"]
    head = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + request.body


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer."""

    status: int
    body: bytes


class Line(asyncio.Protocol):
    """A connection, opened when it is asked for; Cut, another OSError or TimeoutError when there is no answer."""

    def __init__(self, base: str) -> None:
        at = urlsplit(base)
        self._place = at.hostname or "127.0.0.1", at.port or 80
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Heard] | None = None
        self._read = b""

    async def ask(self, request: bytes, patience: float = PATIENCE) -> Heard:
        """Send one request and wait for its answer."""
        await self.say(request)
        self._answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience):
                return await self._answer
        except TimeoutError:
            self.hang_up()
            raise
        finally:
            self._answer = None

    async def say(self, words: bytes) -> None:
        """Send bytes without waiting for an answer."""
        if self._transport is None or self._transport.is_closing():
            self._read = b""
            await asyncio.get_running_loop().create_connection(lambda: self, *self._place)
        assert self._transport is not None
        self._transport.write(words)

    def hang_up(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Cut(str(error or "closed")))

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, blank, rest = self._read.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(rest) >= length and self._answer is not None and not self._answer.done():
            self._read = b""
            self._answer.set_result(Heard(int(head[9:12]), rest[:length]))
            if b"\r\nconnection: close" in head.lower():
                self.hang_up()
