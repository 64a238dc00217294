"""Commands of the terminals' side: build the demonstration, let terminals push."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

import click
from flask import Flask
from sqlalchemy import text

from ingest import demonstration
from ingest.cast import MAKES
from ingest.crowd import Crowd, Pusher, backlog_of, report
from ingest.founding import PASSWORD
from ingest.muster import RealDatabase, muster
from ingest.province import LAG, LAGGARD, SERIALS, SILENT, number_of, token_of
from ingest.simulator import Life, Simulated
from ingest.sites import SITES
from models import database, migrations, settings, wording
from models.queries import accounts

LATELY = timedelta(days=7)  # before the newest punch


def register(app: Flask, owner_url: str) -> None:
    """Attach the commands to `flask --app wsgi`."""

    @app.cli.command("demo", help="build the demonstration, once, and print its accounts")
    @click.option("--days", default=90, type=click.IntRange(1, 365), help="days of its past")
    @click.option("--projects", default=len(SITES), type=click.IntRange(2, len(SITES)), help="only the first so many")
    def demo(days: int, projects: int) -> None:
        migrations.upgrade(owner_url)
        try:
            demonstration.build(days, lambda line: click.echo(f"demo: {line}"), projects)
        except demonstration.Unfinished as cut:
            raise click.ClickException(f"{cut} (another DATA_DIR, or this one emptied)") from None
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


@click.option("--terminals", "which", default="demo", help="the demonstration's, or how many made-up ones")
@click.option("--every", default=15.0, help="seconds between punches of the demonstration, on average")
@click.option("--rate", default=50.0, help="live pushes a second of the made-up ones")
@click.option("--brand", default="ZKTeco", type=click.Choice([make.brand for make in MAKES]))
@click.option("--backlog", default=0, type=click.IntRange(0, 90), help="days of punches each kept before it is heard")
@click.option("--punches", default=200, help="a day of the backlog")
@click.option("--seconds", default=60, help="how long they live")
@click.option("--chaos", is_flag=True, help="cut lines, short bodies, batches that come twice")
def simulate(
    which: str, every: float, rate: float, brand: str, backlog: int, punches: int, seconds: int, chaos: bool
) -> None:
    """Let terminals live: those of the demonstration, or a crowd made up in a scratch database."""
    base = f"http://127.0.0.1:{settings.load().port}"
    if which == "demo":
        Life(base, population(), every, Random()).run(lambda: False)
        return
    if not which.isdecimal():
        raise click.BadParameter("demo, or how many", param_hint="--terminals")
    make = next(make for make in MAKES if make.brand == brand)
    try:
        terminals = muster(int(which), make, max(backlog, 1) + 2, Random())
    except RealDatabase as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"simulate: {len(terminals)} terminals are registered")
    crowd = Crowd(base, Random(), 0.2 if chaos else 0.0)
    pushers = [Pusher(each) for each in terminals]
    if backlog:
        for pusher in pushers:
            pusher.kept.extend(backlog_of(pusher.terminal, backlog, backlog * punches, crowd.chance))
    click.echo(asyncio.run(report(crowd, pushers, rate, seconds)))


def population() -> list[Simulated]:
    """The demonstration's terminals but the silent ones, each with the people who used it lately."""
    query = text(
        "select t.serial, t.protocol, array_agg(distinct r.number) filter (where r.number is not null) "
        "from terminal t left join reading r on r.terminal_id = t.id "
        "and r.at > (select max(at) from punch) - cast(:lately as interval) "
        "where t.admitted is not null group by t.id order by t.serial"
    )
    with database.reading() as (session, _):
        rows = session.execute(query, {"lately": LATELY}).all()
    return [
        Simulated(
            serial,
            protocol,
            tuple(numbers or ()),
            token_of(serial, protocol),
            LAG if number_of(serial) == LAGGARD else timedelta(0),
        )
        for serial, protocol, numbers in rows
        if serial.startswith(SERIALS) and number_of(serial) not in SILENT
    ]
