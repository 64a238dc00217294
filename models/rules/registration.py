"""What a registration of a terminal must say before anybody is asked to confirm it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from models.rules import ground, parameters

NAMELESS = "(none)"  # what spoke without a serial is kept under this one: it is no terminal
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
AHEAD = timedelta(days=366)
LONGEST = {"brand": 40, "model": 60, "place": 100, "contact": 40}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled registration form. `point` is (longitude, latitude) WGS84; `since`: first day that counts."""

    protocol: str
    serial: str
    unit: int
    brand: str
    model: str
    area: str
    place: str
    point: tuple[float, float] | None
    projects: tuple[int, ...]
    since: date | None
    contact: str
    phone: str


def problems(sheet: Sheet, today: date) -> list[str]:
    """Names of what is missing or wrong: fields of the sheet, and "outside" for a point out of the county."""
    wrong = [name for name, most in LONGEST.items() if not _said(getattr(sheet, name), most)]
    if not _said(sheet.serial, 64) or re.search(r"\s", sheet.serial) or sheet.serial == NAMELESS:
        wrong.append("serial")
    if not re.fullmatch(r"43\d{4}", sheet.area) or sheet.area.endswith("00"):
        wrong.append("area")
    elif sheet.point and not ground.holds(sheet.area, *sheet.point):
        wrong.append("outside")
    earliest: date = parameters.law().value("earliest_day", date.max)
    if sheet.since is None or not earliest <= sheet.since <= today + AHEAD:
        wrong.append("since")
    if not PHONE.fullmatch(sheet.phone):
        wrong.append("phone")
    return wrong + [name for name in ("point", "projects") if not getattr(sheet, name)]


def reason(text: str) -> str:
    """A reason that says something, without what PostgreSQL cannot hold; "" when it says too little or too much."""
    told = " ".join(text.replace("\0", "").split())
    return told if 2 <= len(told) <= 500 and told.isprintable() else ""


def _said(text: str, most: int) -> bool:
    return bool(text.strip()) and len(text) <= most and text.isprintable()
