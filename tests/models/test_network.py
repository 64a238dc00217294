"""A month of the network: time heard of time served, our own time in neither, and only one's own terminals."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models import database
from models.acts import terminals, tickets
from models.acts.terminals import Contact
from models.database import history
from models.queries import network
from models.queries.network import Kept
from models.rules.instants import Month
from models.rules.scope import PROCESS, Refused, Role, Scope
from tests.cast import CITY, LEADER, NEIGHBOUR, STRANGER, World, wall

START = date(2018, 7, 1)
HOUR = timedelta(hours=1)
JULY = wall("2018-07-01T00:00:00")


@pytest.fixture(scope="module")
def world(scratch: str) -> World:
    """Three terminals from 1 July; all silent for an hour on the 3rd, T1 alone for ten hours on the 5th."""
    with history() as past:
        past.go(JULY)
        made = World()
        for serial, project, area in (("T1", "一", "430181"), ("T2", "二", "430181"), ("T3", "三", "430281")):
            made.project(project, START, area=area)
            made.engage(f"单位{project}", project)
            made.terminal(serial, f"单位{project}", project, START, area)
        heard(JULY, ("T1", "T2", "T3"))
        for day, hours, serials in ((3, 1, ("T1", "T2", "T3")), (5, 10, ("T1",))):
            alive(JULY + timedelta(days=day - 1))
            heard(JULY + timedelta(days=day - 1) + hours * HOUR, serials)
        alive(JULY + timedelta(days=4) + 10 * HOUR, ("T2", "T3"))
        past.go(JULY + timedelta(days=10))
    return made


def heard(instant: object, serials: tuple[str, ...]) -> None:
    for serial in serials:
        terminals.seen(PROCESS, [Contact(("zkteco", serial, True), instant)])  # type: ignore[arg-type]


def alive(until: object, serials: tuple[str, ...] = ("T1", "T2", "T3")) -> None:
    """They were heard all the time up to an instant."""
    for serial in serials:
        terminals.seen(PROCESS, [Contact(("zkteco", serial, True), until, since=JULY)])  # type: ignore[arg-type]


def july(scope: Scope) -> network.Network:
    with database.reading() as (session, _):
        return network.month(session, scope, JULY + timedelta(days=10), Month(2018, 7))


def row(serial: str) -> Kept:
    return next(kept for kept in july(LEADER).terminals if kept.serial == serial)


def test_our_own_hour_is_in_nobodys_account(world: World) -> None:
    assert july(LEADER).own == HOUR
    whole = timedelta(days=10) - HOUR
    assert (row("T2").heard, row("T2").whole, row("T2").silences) == (whole, whole, 0)


def test_a_silence_of_its_own_is_told_with_its_length(world: World) -> None:
    one = row("T1")
    assert (one.whole - one.heard, one.silences, one.longest) == (10 * HOUR, 1, 10 * HOUR)


def test_each_sees_its_own_terminals_only(world: World) -> None:
    seen = {
        scope.account: {kept.serial for kept in july(scope).terminals} for scope in (LEADER, CITY, NEIGHBOUR, STRANGER)
    }
    assert seen == {1: {"T1", "T2", "T3"}, 2: {"T1", "T2"}, 3: {"T3"}, 4: set()}
    with pytest.raises(Refused):
        july(Scope(9, Role.SECURITY))


def test_open_tickets_are_counted_where_they_are(world: World) -> None:
    with history() as past:
        past.go(JULY + timedelta(days=11))
        alive(JULY + timedelta(days=11), ("T1", "T2"))
        terminals.watch(PROCESS)
        tickets.open_due(PROCESS)
    assert {kept.serial: kept.tickets for kept in july(LEADER).terminals} == {"T1": 0, "T2": 0, "T3": 1}
