"""Dated parameters of the law: a number has a day, an article and a quote, or says that it is assumed."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from models.rules.readings import Method

LAW = Path(__file__).with_name("law")
FIGURES = ("attendance", "deductions", "credit")  # what figures of attendance and credit are made of


class Missing(LookupError):
    """No value of a parameter is in force on a day."""


@dataclass(frozen=True, slots=True)
class Absence:
    """One absence rule on a day: points for each missed window of a tier, cap per month."""

    rule: str
    name: str
    tier: int
    points: Decimal
    cap: Decimal
    article: str
    quote: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class Bands:
    """Lowest scores of the credit bands of a kind of unit, best first; below the last is D."""

    floors: tuple[tuple[str, Decimal], ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Law:
    """All parameter files, as read; `digest` names exactly the numbers of which attendance and credit are made."""

    attendance: Mapping[str, Any]
    deductions: Mapping[str, Any]
    credit: Mapping[str, Any]
    terminals: Mapping[str, Any]
    digest: str

    def _in_force(self, table: Mapping[str, Any], day: date) -> Mapping[str, Any]:
        found = [value for value in table["values"] if value["from"] <= day]
        if not found:
            raise Missing(f"no value on {day}")
        return max(found, key=lambda value: value["from"])

    def value(self, name: str, day: date) -> Any:
        """A parameter of attendance on a day."""
        return self._in_force(self.attendance[name], day)["value"]

    def of_terminals(self, name: str, day: date) -> Any:
        """A parameter of terminals on a day."""
        return self._in_force(self.terminals[name], day)["value"]

    def window_length(self, day: date) -> timedelta:
        """Length of a window that begins on a day; Missing where the law asks for a mode that is not built."""
        if (mode := self.value("window_mode", day)) != "block":
            raise Missing(f"window_mode {mode!r} on {day}: only 'block' is built")
        return timedelta(hours=self.value("window_hours", day))

    def methods(self, day: date) -> tuple[Method, ...]:
        """Ways of verification that count on a day."""
        return tuple(Method[name] for name in self.value("methods", day))

    def absences(self, day: date) -> dict[int, Absence]:
        """The absence rules A01–A04 in force on a day, by tier."""
        rules = (_absence(key, table, self._in_force(table, day)) for key, table in self.deductions.items())
        return {rule.tier: rule for rule in rules}

    def start_points(self, day: date) -> Decimal:
        return Decimal(self._in_force(self.credit["start_points"], day)["value"])

    def pass_through(self, day: date) -> Decimal:
        """The share of a person's points that the unit's score loses."""
        return Decimal(self._in_force(self.credit["pass_through"], day)["value"])

    def ranked_windows(self, day: date) -> int:
        """Least number of due windows for a place in a ranking."""
        return int(self._in_force(self.credit["ranked_windows"], day)["value"])

    def bands(self, kind: str) -> Bands:
        table = self.credit["bands"][kind]
        return Bands(tuple((band, Decimal(floor)) for band, floor in table["floors"].items()), table["closed"])

    def assumed(self) -> tuple[str, ...]:
        """Why each assumed number is assumed: pages and papers that use them say so."""
        seen = dict.fromkeys(_reasons([self.attendance, self.deductions, self.credit]))
        return tuple(seen)


def _absence(key: str, table: Mapping[str, Any], value: Mapping[str, Any]) -> Absence:
    return Absence(
        rule=key,
        name=table["name"],
        tier=table["tier"],
        points=Decimal(value["points"]),
        cap=Decimal(value["cap"]),
        article=table["article"],
        quote=table["quote"],
        assumed=value.get("source") == "assumed",
    )


def _reasons(node: Any) -> list[str]:
    if isinstance(node, Mapping):
        own = [node["why"]] if node.get("source") == "assumed" else []
        return own + [why for child in node.values() for why in _reasons(child)]
    return [why for child in node for why in _reasons(child)] if isinstance(node, list) else []


def read(folder: Path) -> Law:
    """Read the parameter files of a folder."""
    texts = {name: (folder / f"{name}.toml").read_bytes() for name in (*FIGURES, "terminals")}
    digest = hashlib.sha256(b"\0".join(texts[name] for name in sorted(FIGURES))).hexdigest()
    return Law(**{name: tomllib.loads(text.decode()) for name, text in texts.items()}, digest=digest)


@cache
def law() -> Law:
    """The parameters that ship with the program."""
    return read(LAW)
