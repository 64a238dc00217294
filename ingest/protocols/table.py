"""Brand → protocol. A new one is one line here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.protocols import house, zkteco
from ingest.protocols.reading import Answer, Decoded, Digest, Request, Verification


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


@dataclass(frozen=True, slots=True)
class Dialect:
    """A row of the table; `name` is stored with terminals, `doors` are the paths below which it is spoken."""

    name: str
    label: str
    module: Translator
    doors: tuple[str, ...]


DIALECTS = (
    Dialect("zkteco", "ZKTeco PUSH", zkteco, ("/iclock", "/ingest/iclock")),
    Dialect("house", "JSON over HTTP", house, ("/ingest/v1/records", "/ingest/v1/heartbeat")),
)


def named(name: str) -> Dialect:
    """The row of that name. KeyError: no such protocol."""
    return {dialect.name: dialect for dialect in DIALECTS}[name]


def behind(path: str) -> Dialect | None:
    """The protocol spoken at a path; None where no terminal knocks."""
    knocked = re.sub("/+", "/", path.lower() + "/")
    return next((dialect for dialect in DIALECTS for door in dialect.doors if knocked.startswith(door + "/")), None)
