"""Tables to take away: Excel reads them as Chinese, and calculates nothing that somebody typed."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from dashboard.sheets import sheet
from tests import world as worlds
from tests.cast import World
from tests.serving import Site


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    return worlds.build()


@pytest.mark.parametrize("typed", ["=1+1", "+8613900001111", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_is_never_calculated(typed: str) -> None:
    told = sheet(("位置", "次数"), [(typed, -3)])
    assert told.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(StringIO(told.decode("utf-8-sig"), newline=""))) == [["位置", "次数"], [f"'{typed}", "-3"]]


def test_each_takes_away_its_own_terminals(site: Site, world: World) -> None:
    found = {
        login: {serial for serial in world.terminals if serial in site.enter(login).get("/network/terminals.csv").text}
        for login in ("leader", "changsha", "zhuzhou")
    }
    assert found == {"leader": set(world.terminals), "changsha": {"T-甲路桥", "T-乙航务"}, "zhuzhou": {"T-丙检测"}}
    assert site.enter("security").get("/network/terminals.csv").status == 403
    assert site.enter("security").get("/network/rates.csv").status == 403


@pytest.mark.parametrize("month", ["", "2018-07", "2018Q3", "2018-13", "9999-01", "%00", "x" * 5000])
def test_whatever_month_is_asked_for_there_is_an_answer(site: Site, world: World, month: str) -> None:
    told = site.enter("leader").get(f"/network/rates.csv?month={month}&area=%00&brand=x")
    assert told.status == 200
    assert told.text.startswith("\ufeff序列号")
