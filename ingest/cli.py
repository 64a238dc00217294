"""Commands of the terminals' side: build the demonstration, let terminals push."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import click
from flask import Flask
from sqlalchemy import text

from ingest import demonstration
from ingest.founding import LAG, LAGGARD, PASSWORD, SERIALS, SILENT, token_of
from ingest.simulator import Life, Simulated
from models import database, migrations, settings, wording
from models.queries import accounts


def register(app: Flask, owner_url: str) -> None:
    """Attach the commands to `flask --app wsgi`."""

    @app.cli.command("demo", help="build the demonstration, once, and print its accounts")
    @click.option("--days", default=90, type=click.IntRange(1, 365))
    def demo(days: int) -> None:
        migrations.upgrade(owner_url)
        demonstration.build(days, lambda line: click.echo(f"demo: {line}"))
        print_accounts()

    app.cli.command("simulate", help="terminals of the demonstration push over HTTP until Ctrl-C")(simulate)
    app.cli.command("accounts", help="print the demonstration's address and accounts")(print_accounts)


def print_accounts() -> None:
    """Where to look and as whom."""
    with database.reading() as (session, _):
        entries = accounts.demonstration(session)
    click.echo(f"\n  {settings.load().base_url}\n")
    for entry in entries:
        click.echo(f"  {entry.login:<10} {PASSWORD}   {wording.ROLES[entry.role][0]}  {entry.name}")
    click.echo("\n  (one click on the sign-in page enters each; Ctrl-C ends the demonstration)\n")


@click.option("--terminals", "which", default="demo", type=click.Choice(["demo"]))
@click.option("--every", default=15.0, help="seconds between punches, on average")
def simulate(which: str, every: float) -> None:
    """Let the demonstration's terminals live."""
    del which
    place = settings.load()
    life = Life(f"http://127.0.0.1:{place.port}", population(), every, Random())
    life.run(lambda: False)


def population() -> list[Simulated]:
    """The demonstration's terminals but the silent ones, each with the diligent people of its project."""
    query = text(
        "select t.serial, t.protocol, "
        "array_agg(distinct b.number) filter (where b.id is not null and b.person_id % 5 > 0) "
        "from terminal t join service s on s.terminal_id = t.id join engagement e on e.project_id = s.project_id "
        "join appointment a on a.engagement_id = e.id "
        "join badge b on b.person_id = a.person_id and b.terminal_id is null "
        "where t.admitted is not null group by 1, 2 order by t.serial"
    )
    with database.reading() as (session, _):
        rows = session.execute(query).all()
    return [
        Simulated(
            serial,
            protocol,
            tuple(numbers or ()),
            token_of(serial) if protocol == "house" else "",
            LAG if int(serial[-5:]) == LAGGARD else timedelta(0),
        )
        for serial, protocol, numbers in rows
        if serial.startswith(SERIALS) and int(serial[-5:]) not in SILENT
    ]
