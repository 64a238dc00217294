"""A number of the law is read by the rule it belongs to: changing the file changes the outcome, or stops loudly."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from models.rules import parameters, windows
from models.rules.instants import HOUR_MS

DAY = date(2018, 7, 1)


def changed(tmp_path: Path, name: str, old: str, new: str) -> parameters.Law:
    """The law with one text of one file replaced."""
    for path in parameters.LAW.glob("*.toml"):
        shutil.copy(path, tmp_path)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    return parameters.read(tmp_path)


def test_the_least_hours_are_the_laws_and_are_one_value_so_far() -> None:
    law = parameters.law()
    assert law.value("least_hours", DAY) * HOUR_MS == windows.LEAST_MS
    assert len(law.attendance["least_hours"]["values"]) == 1, "give windows.state and tallies.owed the day"


def test_the_length_of_a_window_and_the_bands_are_one_value_so_far() -> None:
    """A second length would be laid over windows that are past; a second floor would not be read."""
    law = parameters.law()
    assert len(law.attendance["window_hours"]["values"]) == 1, "give windows, grids and tallies each window's own day"
    assert not any("values" in kind for kind in law.credit["bands"].values()), "give Law.bands the day"


def test_points_and_caps_change_with_a_month() -> None:
    """What a month's run charges and what a window's evidence says is then the same."""
    for rule, table in parameters.law().deductions.items():
        for value in table["values"]:
            assert value["from"].day == 1 or value is table["values"][0], f"{rule}: let `from` be the first of a month"


def test_every_file_of_the_law_is_read() -> None:
    law = parameters.law()
    for path in parameters.LAW.glob("*.toml"):
        assert hasattr(law, path.stem), f"{path.name} is read by nobody: add it to parameters.read and to Law"


def test_a_mode_that_is_not_built_stops_loudly(tmp_path: Path) -> None:
    law = changed(tmp_path, "attendance.toml", 'value = "block"', 'value = "rolling"')
    with pytest.raises(parameters.Missing, match="rolling"):
        law.window_length(DAY)


def test_the_share_that_passes_to_the_unit_and_the_points_are_read_by_date(tmp_path: Path) -> None:
    law = changed(tmp_path, "deductions.toml", 'points = "0.5"', 'points = "0.7"')
    assert law.absences(DAY)[1].points == Decimal("0.7")
    assert law.pass_through(DAY) == Decimal(1)
    assert law.digest != parameters.law().digest
    with pytest.raises(parameters.Missing):
        law.absences(date(2018, 4, 30))
