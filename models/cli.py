"""`flask` commands, each one line onto an act or a query."""

from __future__ import annotations

import click
from flask import Flask
from sqlalchemy import text

from models import database, migrations, settings
from models.acts import accounts, deductions, terminals, windows
from models.rules.instants import Month
from models.rules.scope import PROCESS


def register(app: Flask, owner_url: str) -> None:
    """Attach the commands to `flask --app wsgi`."""

    @app.cli.command("upgrade")
    def upgrade() -> None:
        """Bring the database to the newest state."""
        migrations.upgrade(owner_url)

    @app.cli.command("invite-first")
    def invite_first() -> None:
        """Print a one-time link (1 h) for the first security administrator."""
        click.echo(f"{settings.load().base_url}/invitation/{accounts.invite_first(PROCESS)}")

    @app.cli.group("windows")
    def windows_group() -> None:
        """Window facts."""

    @windows_group.command("rebuild")
    def rebuild() -> None:
        """Derive every project's window facts from its punches again."""
        with database.reading() as (session, _):
            projects = list(session.scalars(text("select id from project order by id")))
        for project in projects:
            click.echo(f"project {project}: {windows.extend(PROCESS, project)} windows")

    @app.cli.group("month")
    def month_group() -> None:
        """The month's deductions."""

    @month_group.command("run")
    @click.argument("month")
    def run(month: str) -> None:
        """Compute and store a closed month's deductions (2018-07)."""
        year, number = month.split("-")
        click.echo(f"run {deductions.run_month(PROCESS, Month(int(year), int(number)))}")

    @app.cli.command("watch")
    def watch() -> None:
        """Open outages of terminals that are silent now."""
        click.echo(f"{terminals.watch(PROCESS)} outages opened")
