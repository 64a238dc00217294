"""When something is in the way people are told so in their words; terminals keep the answers of their doors."""

from __future__ import annotations

import pytest
from sqlalchemy import exc

from models import database
from tests import world as worlds
from tests.cast import World
from tests.serving import Site


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    return worlds.build()


@pytest.fixture
def away(site: Site, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database does not answer."""

    def refuse(*_: object, **__: object) -> None:
        raise exc.OperationalError("connect", {}, OSError("connection refused"))

    monkeypatch.setattr(database, "Session", refuse)


def test_a_page_says_that_the_database_is_away_and_comes_back_by_itself(site: Site, away: None) -> None:
    caller = site.caller()
    caller.cookies["lvyue"] = "x" * 43
    for path in ("/", "/terminals?light=offline", "/signin"):
        told = caller.get(path)
        assert (told.status, told.headers["retry-after"]) == (503, "15"), path
        assert "数据库暂时没有回应" in told.text
        assert f'location.replace("{path}")' in told.text
        assert f'href="{path}"' in told.text
        assert "Traceback" not in told.text


def test_a_callback_is_told_so_in_one_word(site: Site, away: None) -> None:
    caller = site.caller()
    caller.cookies["lvyue"] = "x" * 43
    told = caller.json("/_dash-update-component", {})
    assert (told.status, told.headers["content-type"]) == (503, "text/plain; charset=utf-8")


def test_a_terminal_is_told_to_try_again_by_its_own_door(site: Site, away: None) -> None:
    told = site.caller().ask("POST", "/iclock/cdata?SN=T-1&table=ATTLOG&Stamp=1", b"1\t2026-01-01 08:00:00\t255\t15\n")
    assert told.status >= 500
    assert "<html" not in told.text.lower() or "数据库" not in told.text


def test_what_is_not_there_is_said_in_chinese(site: Site, world: World) -> None:
    caller = site.enter("leader")
    told = caller.get("/papers/999999.pdf")
    assert told.status == 404
    assert "找不到页面" in told.text
    assert 'href="/"' in told.text
    assert site.enter("support").get("/papers/1.pdf").status == 403
    assert caller.get("/assets/nothing.css").text == "找不到页面"
