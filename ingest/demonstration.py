"""The demonstration's past: days of vendors' bytes through the same decoders and acts as real pushes.

Where everything is: sites, cast, habits, seasons say what there is to tell; founding enters it, decisions and story
tell it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

from ingest import seasons
from ingest.decisions import Decisions
from ingest.founding import Founder, open_accounts
from ingest.protocols import table
from ingest.province import Province
from ingest.sites import CITIES, SITES
from ingest.story import Push, Story
from models import database
from models.acts import attendance, circulars, processes, terminals
from models.queries import accounts
from models.queries import circulars as papers
from models.rules.instants import Period, day_of, day_start
from models.rules.readings import Arrival
from models.rules.scope import PROCESS, Role, Scope

SEED = 20180430  # the day of the notice's series
GROUP = 2000  # arrivals of a transaction


class Unfinished(RuntimeError):
    """A demonstration was begun and cut off: instants only move forward, it cannot be gone on with."""


def build(days: int, say: Callable[[str], None], projects: int = len(SITES)) -> None:
    """Build the province, or its first so many projects, and its past up to now, once.

    A marked database is left as it is. Raises Unfinished where an earlier build was cut off.
    """
    with database.reading() as (session, now):
        if (mark := accounts.mark(session)) is not None:
            if mark == "demonstration" and not papers.listing(session, PROCESS, 1):  # the paper is made last
                raise Unfinished("the demonstration in this database was cut off while it was built: take another")
            return
    processes.mark(PROCESS, "demonstration")
    with database.history() as past:
        start = day_of(now) - timedelta(days=days)
        past.go(day_start(start))
        say("registers: projects, units, people, terminals")
        made = Founder(start, days, now, Random(SEED)).province(SITES[:projects])
        logins = open_accounts(made)
        _tell(made, days, now, past, say)
    centre = Scope(logins["centre"], Role.TECH_CENTRE)
    circulars.ask(centre, "circular", str(Period.quarter_of(now).previous()))


def _tell(made: Province, days: int, now: datetime, past: database.Past, say: Callable[[str], None]) -> None:
    """Day after day: approvals at nine, the day's arrivals at its end.

    What terminals send the next day is put into bytes while the day's is recorded: the database is waited for.
    """
    spells = seasons.rain(made.start, days, [city.weather for city in CITIES.values()], Random(SEED + 1))
    decisions = Decisions(made, days, spells, Random(SEED + 2))
    story = Story(made, now, decisions, Random(SEED + 3))
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(arrivals, story, 0)
        for number in range(days + 1):
            midnight = day_start(made.start + timedelta(days=number))
            arrived = coming.result()
            past.go(min(midnight + timedelta(hours=9), now))
            decisions.decide(number)
            if number < days:
                coming = pool.submit(arrivals, story, number + 1)
            past.go(min(midnight + timedelta(hours=23, minutes=59), now))
            for low in range(0, len(arrived), GROUP):
                attendance.intake(PROCESS, arrived[low : low + GROUP])
            if number % 10 == 0:
                say(f"day {number} of {days}")
    past.go(now)
    for contacts in story.contacts():
        terminals.seen(PROCESS, contacts)


def arrivals(story: Story, number: int) -> list[Arrival]:
    """What arrives on a day, as intake gets it from the terminals' doors."""
    return [arrival(push) for push in story.pushes(number)]


def arrival(push: Push) -> Arrival:
    """What the machine's own bytes say, as intake would get it at an instant of the past."""
    dialect = table.named(push.machine.protocol)
    request = dialect.module.encode_records(push.machine.serial, push.records)
    decoded = dialect.module.decode(request, digest=lambda content: hashlib.sha256(content).hexdigest())
    return Arrival(
        protocol=push.machine.protocol,
        serial=push.machine.serial,
        received=push.received,
        method=request.method,
        path=request.path,
        query="&".join(f"{key}={value}" for key, value in request.query),
        headers="\n".join(f"{key}: {value}" for key, value in request.headers.items()),
        body=decoded.record_part,
        digest=hashlib.sha256(request.body).digest(),
        readings=decoded.readings,
        refusals=decoded.refusals,
    )
