"""Brand → protocol. A new one is one line here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from ingest.protocols import dahua, hikvision, house, httpv2, uface, zkteco
from ingest.protocols.reading import Answer, Decoded, Digest, Request, Verification
from ingest.protocols.zkteco import commands
from models.rules.commands import Kind, Order, takes


class Translator(Protocol):
    """What a protocol's module offers."""

    def decode(self, request: Request, *, offset_minutes: int = ..., digest: Digest) -> Decoded: ...

    def answer(
        self,
        decoded: Decoded,
        *,
        first_contact: bool,
        stamp: str | None = ...,
        commands: Sequence[tuple[str, str]] = ...,
    ) -> Answer: ...

    def encode_records(self, serial: str, records: Sequence[Verification], *, offset_minutes: int = ...) -> Request: ...

    def encode_heartbeat(self, serial: str) -> Request: ...

    def encode_handshake(self, serial: str) -> Request: ...


class Secret(StrEnum):
    """Where a terminal's token stands: without the right one, what is said is held and never counts."""

    NONE = "none"  # firmware that knows no secret: its serial is all there is
    HEADER = "header"  # Authorization: Bearer …
    PATH = "path"  # in the address, behind the door: firmware that can be given an address and nothing else


@dataclass(frozen=True, slots=True)
class Dialect:
    """A row of the table; `name` is stored with terminals, `doors` are the paths below which it is spoken."""

    name: str
    label: str
    module: Translator
    doors: tuple[str, ...]
    secret: Secret = Secret.NONE
    write: Callable[[Order, Mapping[str, str]], str] = lambda _order, _facts: ""

    @property
    def takes(self) -> frozenset[Kind]:
        """The commands that its terminals take; none: they are operated on the spot."""
        return takes(self.name)

    def token(self, request: Request) -> str:
        """The token a request carries, "" when it carries none."""
        if self.secret is Secret.HEADER:
            return request.header("Authorization").removeprefix("Bearer ")
        return self._split(request.path)[1] if self.secret is Secret.PATH else ""

    def with_token(self, request: Request, token: str) -> Request:
        """The request as a terminal sends it that was given this token."""
        if self.secret is Secret.HEADER:
            return replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})
        if self.secret is Secret.PATH:
            return replace(request, path="/".join(part for part in self._split(request.path, token) if part))
        return request

    def without_token(self, path: str) -> str:
        """The path as it may be kept and shown."""
        if self.secret is not Secret.PATH:
            return path
        door, _, rest = self._split(path)
        return f"{door}/{rest}" if rest else door

    def _split(self, path: str, token: str = "") -> tuple[str, str, str]:
        """Door, token and what follows, capitals kept; a `token` given is put before all that follows the door."""
        told = re.sub("/+", "/", path).rstrip("/")
        door = next((door for door in self.doors if f"{told}/".lower().startswith(f"{door}/")), told)
        rest = told[len(door) + 1 :]
        if not token:
            token, _, rest = rest.partition("/")
        return told[: len(door)], token, rest


LONGEST = 400  # characters of what is remembered between requests: nobody fills our memory with inventions
_HTTPV2 = ("/device", "/people", "/record", "/ingest/device", "/ingest/people", "/ingest/record")
DIALECTS = (
    Dialect("zkteco", "ZKTeco PUSH", zkteco, ("/iclock", "/ingest/iclock"), write=commands.write),
    Dialect("house", "JSON over HTTP", house, ("/ingest/v1/records", "/ingest/v1/heartbeat"), Secret.HEADER),
    Dialect("hikvision", "Hikvision ISAPI", hikvision, ("/ingest/hik",), Secret.PATH),
    Dialect("uface", "Uniubi Uface", uface, ("/ingest/uface",), Secret.PATH),
    Dialect("dahua", "Dahua", dahua, ("/ingest/dahua", "/picturehttpupload", "/eventhttpupload"), Secret.PATH),
    Dialect("httpv2", "HTTPv2 (FC-8xxx)", httpv2, _HTTPV2),
)


def named(name: str) -> Dialect:
    """The row of that name. KeyError: no such protocol."""
    return {dialect.name: dialect for dialect in DIALECTS}[name]


def behind(path: str) -> Dialect | None:
    """The protocol spoken at a path; None where no terminal knocks."""
    return _behind(path) if len(path) <= LONGEST else _behind.__wrapped__(path)


@lru_cache(maxsize=8192)
def _behind(path: str) -> Dialect | None:
    knocked = re.sub("/+", "/", path.lower() + "/")
    return next((dialect for dialect in DIALECTS for door in dialect.doors if knocked.startswith(door + "/")), None)
