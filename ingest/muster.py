"""A made population for load: projects, people and terminals, entered through the acts, in a marked database only."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import func, select

from ingest import cast
from ingest.cast import TEAMS, Make
from ingest.province import token_of
from ingest.simulator import Simulated
from ingest.terrain import Counties
from models import database
from models.acts import people, places, terminals, units
from models.people import Person
from models.queries import accounts
from models.rules.identity import id_check
from models.rules.instants import day_of
from models.rules.scope import PROCESS

PER_PROJECT = 35  # terminals
TEAM = 60  # people of a project, each known to all its terminals
FIRST = 10_000  # serials of codes, beyond those of the demonstration
AREAS = ("430102", "430211", "430302", "430408", "430602", "430703")


class RealDatabase(RuntimeError):
    """This database is a real one: nobody is made up in it."""


def muster(count: int, make: Make, days: int, chance: Random) -> list[Simulated]:
    """`count` terminals, admitted and serving projects that began `days` ago, with the numbers of their people.

    RealDatabase when the database is not marked as scratch or demonstration.
    """
    with database.reading() as (session, now):
        if accounts.mark(session) is None:
            raise RealDatabase("terminals are made up only in a scratch or demonstration database")
        serial = FIRST + (session.scalar(select(func.count()).select_from(Person)) or 0)
    start, made = day_of(now) - timedelta(days=days), list[Simulated]()
    for turn in range(-(-count // PER_PROJECT)):
        name = f"{now:%m%d%H%M%S}-{turn}"
        few = min(PER_PROJECT, count - len(made))
        made += _project(name, serial + turn * TEAM, AREAS[turn % len(AREAS)], start, make, few, chance)
    return made


def _project(name: str, serial: int, area: str, start: date, make: Make, count: int, chance: Random) -> list[Simulated]:
    """A project with its terminals and its team."""
    point = Counties().site(area, chance)
    project = places.enter_project(
        PROCESS, name=f"压力测试 {name}", kind="highway", area=area, point=point, start=start
    )
    unit = units.enter_unit(PROCESS, f"示范压力测试 {name}", cast.uscc(serial, False))
    serials = [f"SIM{name.replace('-', '')}{k:03d}" for k in range(count)]
    for each in serials:
        made = terminals.register(
            PROCESS,
            protocol=make.protocol,
            serial=each,
            unit=unit,
            brand=make.brand,
            model=make.models[0],
            area=area,
            place="压力测试",
            point=point,
            token=token_of(each, make.protocol) or None,
        )
        terminals.admit(PROCESS, made)
        terminals.serve(PROCESS, made, project, start)
    engagement = units.engage(PROCESS, project, unit, "contractor", None, Decimal(1_000_000))
    lines = [
        people.Line(cast.person_name(chance), _id_number(serial + k), TEAMS["contractor"][k % 11], start)
        for k in range(TEAM)
    ]
    numbers = tuple(entered.number for entered in people.enter_form(PROCESS, engagement, lines))
    return [Simulated(each, make.protocol, numbers, token_of(each, make.protocol)) for each in serials]


def _id_number(serial: int) -> str:
    """A well-formed identity number of the unassigned region 439999, born 1950–1959: nobody's of the demonstration."""
    rest, order = divmod(serial, 1000)
    rest, day = divmod(rest, 28)
    year, month = divmod(rest, 12)
    first = f"439999{1950 + year}{month + 1:02d}{day + 1:02d}{order:03d}"
    return first + id_check(first)
