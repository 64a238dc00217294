"""`flask` commands, each one line onto an act or a query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from models import database, migrations, settings
from models.acts import accounts, deductions, terminals, windows
from models.places import Project
from models.rules.instants import Period, day_of
from models.rules.scope import PROCESS, Refused
from models.units import Unit


def register(app: Flask, owner_url: str, protocols: Sequence[str]) -> None:
    """Attach the commands to `flask --app wsgi`; `protocols` are the names of those that terminals may speak."""

    @app.cli.command("upgrade")
    def upgrade() -> None:
        """Bring the database to the newest state."""
        migrations.upgrade(owner_url)

    app.cli.add_command(invite_first)
    spoken = next(given for given in connect.params if given.name == "protocol")
    spoken.type = click.Choice(list(protocols))
    app.cli.add_command(connect)
    app.cli.add_command(click.Group("windows", {"rebuild": rebuild}, help="window facts"))
    app.cli.add_command(click.Group("month", {"run": run}, help="the month's deductions"))


@click.command("invite-first")
def invite_first() -> None:
    """Print a one-time link (1 h) for the first security administrator."""
    try:
        token = accounts.invite_first(PROCESS)
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{settings.load().base_url}/invitation/{token}")


@click.command("rebuild")
def rebuild() -> None:
    """Derive every project's window facts from its punches again."""
    with database.reading() as (session, _):
        projects = list(session.scalars(text("select id from project order by id")))
    for project in projects:
        click.echo(f"project {project}: {windows.extend(PROCESS, project)} windows")


@click.command("run")
@click.argument("month")
def run(month: str) -> None:
    """Compute and store a closed month's deductions (2018-07)."""
    click.echo(f"run {deductions.run_month(PROCESS, Period.parse(month).first)}")


@click.command("terminal")
@click.argument("serial")
@click.option("--protocol", default="zkteco", help="the one it speaks", show_default=True)
@click.option("--unit", required=True, help="its unit's 统一社会信用代码")
@click.option("--project", required=True, help="the project it serves, by name")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="from which day; else the supervision start")
@click.option("--token", help="for protocols that carry one")
def connect(serial: str, protocol: str, unit: str, project: str, since: datetime | None, token: str | None) -> None:
    """Register a terminal, say which project it serves, admit it; its held readings count from then on."""
    with database.reading() as (session, _):
        owner = session.scalar(select(Unit.id).where(Unit.uscc == unit))
        site = session.scalar(select(Project).where(Project.name == project))
    if owner is None or site is None:
        raise click.ClickException("no such unit" if owner is None else "no such project: write its name in full")
    point = (site.longitude, site.latitude)
    made = terminals.register(
        PROCESS, protocol=protocol, serial=serial, unit=owner, area=site.area, point=point, token=token
    )
    try:
        terminals.serve(PROCESS, made, site.id, since.date() if since else day_of(site.supervised_from))
    except IntegrityError as taken:
        raise click.ClickException("this terminal serves that project already") from taken
    click.echo(f"terminal {made} admitted, {terminals.admit(PROCESS, made)} held readings counted")
