"""What happens at a terminal's door, whichever server stands before it: hear, record, answer.

Every door answers in the terminal's own words: ZKTeco gets 200 text/plain whatever it asks; a body that did not arrive
whole is refused and nothing of it recorded; 503 when the database does not answer, so that the terminal keeps its data.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError

from ingest.admission import NAMELESS, Register, Speaker
from ingest.heartbeats import Heartbeats
from ingest.intake import Intake
from ingest.outbox import Outbox, hand_out
from ingest.protocols import table
from ingest.protocols.reading import OFFSET_MINUTES, Answer, Decoded, Kind, Request
from ingest.protocols.table import Dialect
from models import database, keys
from models.acts.terminals import Contact
from models.rules.instants import epoch_ms
from models.rules.readings import Arrival

PATHS = tuple(door for dialect in table.DIALECTS for door in dialect.doors)
KEPT_HEADERS = ("User-Agent", "Content-Type", "Content-Length", "Content-Encoding", "Host")
RECORDED = frozenset({Kind.RECORDS, Kind.EVENTS, Kind.PICTURE, Kind.OPTIONS, Kind.RESULT, Kind.OTHER})
KEPT_FACTS = ("firmware", "model", "users", "attlogs", "faces", "fingerprints", "language", "pushver", "devicetype")
REALTIME_MS = 24 * 3_600_000
log = logging.getLogger(__name__)

TOO_LARGE = Answer(413, b"too large: send fewer records a request\n")
INCOMPLETE = Answer(400, b"incomplete: send again\n")
BUSY = Answer(503, b"busy: keep the records and send again\n")
FAILED = Answer(500, b"error: keep the records and send again\n")


@dataclass(frozen=True, slots=True)
class Heard:
    """A request understood: what it says, and who says it."""

    dialect: Dialect
    asked: Request
    decoded: Decoded
    speaker: Speaker
    received: datetime

    @property
    def recorded(self) -> bool:
        """Must it be committed before it is answered? Polls and heartbeats are not."""
        return self.decoded.kind in RECORDED and bool(self.decoded.record_part or self.decoded.readings)

    def arrival(self) -> Arrival:
        """What of it is kept."""
        _, serial, verified = self.speaker.key
        headers = ((name, self.asked.header(name)) for name in KEPT_HEADERS)
        return Arrival(
            protocol=self.dialect.name,
            serial=serial,
            received=self.received,
            method=self.asked.method,
            path=self.dialect.without_token(self.asked.path),
            query=_query(self.asked.query),
            headers="\n".join(f"{name}: {_safe(value)}" for name, value in headers if value),
            body=self.decoded.record_part,
            digest=hashlib.sha256(self.asked.body).digest(),
            readings=self.decoded.readings,
            refusals=self.decoded.refusals,
            verified=verified,
            events=self.decoded.events,
            numbered=self.decoded.numbered,
            results=self.decoded.results,
        )

    def contact(self) -> Contact:
        """That the terminal was heard, how its clock goes, what it tells of itself."""
        newest = max((reading.at for reading in self.decoded.readings), default=None)
        plausible = newest is not None and abs(gap := epoch_ms(self.received) - epoch_ms(newest)) < REALTIME_MS
        single = plausible and len(self.decoded.readings) == 1
        told, owner = self.decoded.facts, self.speaker.owner
        facts = {key: told[key][:200] for key in KEPT_FACTS if key in told}
        return Contact(
            key=self.speaker.key,
            instant=self.received,
            last_punch=newest if plausible else None,
            skew_ms=gap if single else None,
            facts=facts | ({"token_of": owner} if owner else {}),
        )


@dataclass
class Doors:
    """What the doors share in a process."""

    intake: Intake = field(default_factory=Intake)
    heartbeats: Heartbeats = field(default_factory=Heartbeats)
    register: Register = field(default_factory=Register)
    outbox: Outbox = field(default_factory=Outbox)

    def hear(self, dialect: Dialect, asked: Request, decoded: Decoded | None = None) -> Heard:
        """Translate at the terminal's own offset; a first translation, which may be given, tells whose it is."""
        decoded = decoded or translate(dialect, asked)
        speaker = self.register.speaker(dialect, dialect.token(asked), decoded)
        identity = speaker.identity
        if identity is not None and identity.offset_minutes != OFFSET_MINUTES and decoded.readings:
            decoded = dialect.module.decode(asked, offset_minutes=identity.offset_minutes, digest=_digest)
        return Heard(dialect, asked, decoded, speaker, database.now())

    def waits(self, heard: Heard) -> bool:
        """Does a poll come from a terminal that has commands waiting? Then its answer asks the database."""
        identity = heard.speaker.identity
        return heard.decoded.kind is Kind.POLL and identity is not None and self.outbox.waits(identity.id)

    def orders(self, heard: Heard) -> Answer:
        """The answer to such a poll: the commands are marked as handed out before they are told.

        Where the database does not answer, the terminal is told nothing now and asks again.
        """
        assert heard.speaker.identity is not None
        try:
            facts, commands = hand_out(heard.dialect, heard.speaker.identity.id)
        except SQLAlchemyError as error:
            log.warning("commands of %s wait: %s", heard.speaker.key[1], type(error).__name__)
            return self.answer(heard)
        self.heartbeats.heard(heard.contact())
        known = replace(heard.decoded, facts={**facts, **heard.decoded.facts})
        return heard.dialect.module.answer(known, first_contact=False, commands=commands)

    def answer(self, heard: Heard) -> Answer:
        """The answer to what is recorded by now; the contact is noted."""
        if heard.speaker.key[1] != NAMELESS:
            self.heartbeats.heard(heard.contact())
        identity = heard.speaker.identity
        return heard.dialect.module.answer(heard.decoded, first_contact=identity is None or not identity.contacted)


def translate(dialect: Dialect, asked: Request) -> Decoded:
    """What a request says, its times taken as ours."""
    return dialect.module.decode(asked, digest=_digest)


def _digest(content: bytes) -> str:
    return keys.current().blind(content.hex()).hex()


def _query(query: tuple[tuple[str, str], ...]) -> str:
    """The query without the terminal's shared secret."""
    length = sum(len(name) + len(value) for name, value in query)
    return _written(query) if length <= table.LONGEST else _written.__wrapped__(query)


@lru_cache(maxsize=8192)
def _written(query: tuple[tuple[str, str], ...]) -> str:
    return urlencode([(key, "" if key.lower() == "pushcommkey" else _safe(value)) for key, value in query])


def _safe(text: str) -> str:
    """Text that PostgreSQL can hold."""
    return text.replace("\0", "\\0")
