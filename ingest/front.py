"""The platform as ASGI: terminals' doors answered in the event loop, everything else by Flask in threads.

A thread parked for each push until its commit costs more than the push itself; here a push that waits for its
commit costs nothing. What could hold up the loop (a large body, the register, the database) goes to a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, cast
from urllib.parse import parse_qsl

from a2wsgi import WSGIMiddleware
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ingest import doors as at_doors
from ingest.doors import Doors
from ingest.intake import PATIENCE, Unavailable
from ingest.protocols import table
from ingest.protocols.reading import Answer, Decoded, Request
from ingest.protocols.table import Dialect
from models.rules.readings import Arrival

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

THREADS = 24  # of people's requests: mostly waiting for the database
LARGE = 65_536  # bytes whose translation takes long enough to be felt by the others
REMEMBERED, LONGEST = 16_384, 1000  # requests without a body, and how long they may be
log = logging.getLogger(__name__)


class Front:
    """The ASGI application. `proxies` trusted ones stand before it: their word on the address asked for is kept."""

    def __init__(self, server: Flask, doors: Doors, proxies: int = 0) -> None:
        self._rest: Any = WSGIMiddleware(cast("Any", server), workers=THREADS)
        self._limit = int(server.config["MAX_CONTENT_LENGTH"])
        self._known: dict[tuple[Any, ...], tuple[Request, Decoded]] = {}
        self._doors, self._proxies, self._testing = doors, proxies, server.testing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = table.behind(scope["path"]) if scope["type"] == "http" else None
        if dialect is None:
            await self._rest(scope, receive, send)
            return
        try:
            answer = await self._serve(dialect, scope, receive)
        except Exception:
            if self._testing:
                raise
            log.exception("a terminal's request failed: %s", dialect.without_token(scope["path"]))
            answer = at_doors.FAILED
        if answer is not None:
            await _send(answer, send)

    async def _serve(self, dialect: Dialect, scope: Scope, receive: Receive) -> Answer | None:
        """The answer; None to whom has gone."""
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > self._limit:
                return at_doors.TOO_LARGE
        try:
            return await self._speak(dialect, scope, b"".join(parts))
        except (Unavailable, SQLAlchemyError):
            return at_doors.BUSY

    async def _speak(self, dialect: Dialect, scope: Scope, body: bytes) -> Answer:
        doors = self._doors
        if doors.register.stale():
            await asyncio.to_thread(doors.register.refresh)
        if not body:
            heard = doors.hear(dialect, *self._quiet(dialect, scope))
        elif len(body) > LARGE:
            heard = await asyncio.to_thread(doors.hear, dialect, self._asked(scope, body))
        else:
            heard = doors.hear(dialect, self._asked(scope, body))
        if heard.recorded:
            await self._commit(heard.arrival())
        if doors.waits(heard):
            return await asyncio.to_thread(doors.orders, heard)
        return doors.answer(heard)

    def _quiet(self, dialect: Dialect, scope: Scope) -> tuple[Request, Decoded]:
        """A request without a body, translated. A terminal sends the same one for ever, more often than all else."""
        key = (scope["method"], scope["path"], scope["query_string"], *scope["headers"])
        if (known := self._known.get(key)) is None:
            asked = self._asked(scope, b"")
            known = asked, at_doors.translate(dialect, asked)
            length = len(key[1]) + len(key[2]) + sum(len(name) + len(value) for name, value in scope["headers"])
            if length <= LONGEST:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = known
        return known

    def _asked(self, scope: Scope, body: bytes) -> Request:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        if self._proxies and (told := headers.get("x-forwarded-host")):
            headers["host"] = told.split(",")[-self._proxies :][0].strip()
        return Request(scope["method"], scope["path"], _query(scope["query_string"]), headers, body)

    async def _commit(self, arrival: Arrival) -> None:
        """Return when it is committed; Unavailable when it is not, or not yet."""
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.wrap_future(self._doors.intake.submit(arrival))
        except TimeoutError as late:
            raise Unavailable("the database is too slow") from late


def _query(told: bytes) -> tuple[tuple[str, str], ...]:
    return _pairs(told) if len(told) <= table.LONGEST else _pairs.__wrapped__(told)


@lru_cache(maxsize=8192)
def _pairs(told: bytes) -> tuple[tuple[str, str], ...]:
    """A terminal says the same with each push but the records."""
    return tuple(parse_qsl(told.decode("latin-1"), keep_blank_values=True, errors="replace"))


async def _send(answer: Answer, send: Send) -> None:
    """Exact bytes with their length; no redirect, no cookie, no compression."""
    headers = [
        (b"content-type", answer.content_type.encode("latin-1")),
        (b"content-length", str(len(answer.body)).encode("latin-1")),
    ]
    if answer.status == 503:
        headers.append((b"retry-after", b"60"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
