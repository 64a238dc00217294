"""What `make screens` looks at: the demonstration in a folder of its own, alive, with an account that has nothing."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import text

from ingest import cli, demonstration
from ingest.simulator import Life
from models import database, embedded, keys, migrations
from models.acts import accounts, circulars, terminals
from models.queries import circulars as papers
from models.rules.instants import Period
from models.rules.scope import PROCESS, Role
from tests import serving

EMPTY = "empty"  # the login of an account whose territory holds nothing
WORST = (
    "select w.project_id, left(p.area, 4) || '00' from attendance_window w join project p on p.id = w.project_id "
    "where w.punches = 0 and w.ends < :now group by 1, 2 order by count(*) desc limit 1"
)
SILENT = (
    "select terminal_id from outage where began > cast(:now as timestamptz) - interval '30 days' "
    "order by coalesce(ended, :now) - began desc limit 1"
)
OWN = "select t.id from terminal t join account a on a.unit_id = t.unit_id where a.login = 'unit' order by 1 limit 1"
UNUSED = "select code from area where level = 'county' and code not in (select area from project) order by 1 limit 1"
FRESH = "PYA8263009001"  # a terminal that has never spoken


@dataclass(frozen=True)
class Exhibition:
    """A running platform: its address, the names that addresses need (full and empty), and how its database goes."""

    base: str
    full: Mapping[str, object]
    empty: Mapping[str, object]
    stop_database: Callable[[], None]


@contextmanager
def opened(days: int, say: Callable[[str], None]) -> Iterator[Exhibition]:
    """Build, serve and let live until the block ends; nothing is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="lvyue-screens-"))
    folder.chmod(0o711)  # the database runs as a user of its own
    with ExitStack() as kept:
        kept.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = kept.enter_context(ExitStack())
        cluster.enter_context(embedded.serve(folder / "data", fsync=False))
        migrations.upgrade(embedded.url("owner", data_dir=folder / "data"))
        keys.bind(folder / "keys")
        database.bind(embedded.url("app", data_dir=folder / "data"))
        demonstration.build(days, say)
        full, empty = _furnish()
        site = kept.enter_context(serving.serve("lvyue", folder / "data", MAP_APPROVAL_NO=""))
        kept.enter_context(_living(site.base))
        yield Exhibition(site.base, full, empty, cluster.close)


@contextmanager
def _living(base: str) -> Iterator[None]:
    """The demonstration's terminals push until the block ends."""
    over = threading.Event()
    life = Life(base, cli.population(), 5.0, Random(7))
    thread = threading.Thread(target=life.run, args=(over.is_set,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _furnish() -> tuple[dict[str, object], dict[str, object]]:
    """What addresses need: of the worst project, of a terminal that was silent, of what is empty."""
    with database.reading() as (session, now):
        worst = session.execute(text(WORST), {"now": now}).one()
        silent, unused = session.scalar(text(SILENT), {"now": now}), session.scalar(text(UNUSED))
        own = session.scalar(text(OWN))
        queued, period = papers.queued(session, PROCESS), Period.quarter_of(now)
    for paper in queued:
        circulars.finish(PROCESS, paper, b"%PDF-1.7\n" + bytes(400_000))
    accounts.open_account(
        PROCESS,
        login=EMPTY,
        name="无数据账号",
        role=Role.TECH_CENTRE,
        area=unused,
        password=f"Lv1-{secrets.token_hex(8)}",
        demonstration=True,
    )
    common = {"city": worst[1], "period": period, "project": worst[0], "own": own}
    return {**common, "terminal": silent}, {**common, "terminal": _fresh(str(unused)), "period": period.previous()}


def _fresh(area: str) -> int:
    """A terminal that is registered and admitted and has said nothing yet."""
    with database.reading() as (session, _):
        unit = session.scalar(text("select id from unit order by id limit 1"))
    made = terminals.register(
        PROCESS, protocol="zkteco", serial=FRESH, unit=int(unit or 0), brand="ZKTeco", model="SenseFace 4A",
        area=area, place="新设项目部", point=(112.9, 28.2),
    )  # fmt: skip
    terminals.admit(PROCESS, made)
    return made


def where() -> Path:
    """The folder of the pictures: SCREENS_DIR, else .data/screens, which git ignores."""
    folder = Path(os.environ.get("SCREENS_DIR") or Path(__file__).resolve().parents[2] / ".data" / "screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


LATE = timedelta(minutes=11)  # how far the clock is put on for what is out of date
