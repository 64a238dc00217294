"""What may be asked of a terminal, how often, and what its answers mean. Nothing here can wipe a terminal's records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Every command there is. The terminal's buffer is the only copy of what is not acknowledged: none empties it."""

    PERSON = "person"  # a person's number and name
    REMOVE = "remove"  # a person who left; the records stay
    FACE = "face"  # a face picture
    CHECK = "check"  # look for new settings and data
    INFO = "info"  # tell firmware and counts
    LOG = "log"  # upload what is new
    SUM = "sum"  # how many records of a span
    QUERY = "query"  # upload the records of a span once more
    ZONE = "zone"  # its time zone; the clock follows each answer's Date


class State(StrEnum):
    """Where a command stands."""

    QUEUED = "queued"
    HANDED = "handed"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Order:
    """A command as a protocol must write it; `given` holds name, since and until (ISO instants) or minutes."""

    id: int
    kind: Kind
    number: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


ROSTERS: Final = frozenset({Kind.PERSON, Kind.REMOVE})
# Protocols by what their terminals take; a terminal of any other is operated on the spot.
TAKES: Final[Mapping[str, frozenset[Kind]]] = {"zkteco": frozenset(Kind)}
OFFERED: Final = frozenset(Kind) - {Kind.FACE}  # there is no store of face pictures: faces are taken at the terminal
POLLS: Final = 4  # polls without a result after which a command is handed out again
TRIES: Final = 5
BATCH: Final = 100  # commands an answer: persons of 300 bytes each stay far below the 64 KB a terminal reads
UNSUPPORTED: Final = -1002

_CODES: Final = {
    -1: "参数不对，或没有数据",
    -2: "数据长度不符",
    -3: "读写失败",
    -9: "模板长度不对",
    -10: "没有这个人员",
    -11: "模板无效",
    -12: "模板无效",
    -30: "人脸算法版本不符",
    -1001: "考勤机已满",
    UNSUPPORTED: "考勤机不支持",
    -1003: "考勤机处理超时",
    -1004: "考勤机配置不符",
    -1005: "考勤机正忙",
    -1006: "内容过长",
    -1007: "考勤机内存不足",
    -1008: "考勤机下载失败",
    -5000: "已接收，等待处理",
}
_ACCEPTED: Final = -5000  # the security push: taken, worked on later


def takes(protocol: str) -> frozenset[Kind]:
    """What terminals of a protocol take."""
    return TAKES.get(protocol, frozenset())


def succeeded(code: int) -> bool:
    """At or above zero means done; some firmwares return how many records they touched."""
    return code >= 0 or code == _ACCEPTED


def meaning(code: int | None) -> str:
    """A return code in words."""
    if code is None:
        return "多次下发均无应答"
    return "成功" if code >= 0 else _CODES.get(code, f"失败（代码 {code}）")


def state(handed: datetime | None, done: datetime | None, code: int | None, cancelled: datetime | None) -> State:
    """Where a command stands, from what is known of it."""
    if cancelled is not None:
        return State.CANCELLED
    if done is not None:
        return State.DONE if code is not None and succeeded(code) else State.FAILED
    return State.HANDED if handed is not None else State.QUEUED


class Turn(StrEnum):
    """What a poll means for an open command."""

    HAND = "hand"
    WAIT = "wait"
    GIVE_UP = "give up"


def turn(tries: int, polls: int) -> Turn:
    """At a poll: hand out what is new, wait some polls for its result, hand out again, at last give up."""
    if tries == 0:
        return Turn.HAND
    if polls + 1 < POLLS:
        return Turn.WAIT
    return Turn.HAND if tries < TRIES else Turn.GIVE_UP


def fit(kinds: Iterable[Kind]) -> Sequence[bool]:
    """Which of these, in their order, go into one answer: one picture, and not more than BATCH."""
    kept: list[bool] = []
    pictures = 0
    for kind in kinds:
        pictures += kind is Kind.FACE
        kept.append(sum(kept) < BATCH and not (kind is Kind.FACE and pictures > 1))
    return kept
