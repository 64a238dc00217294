"""One real PostgreSQL a test process; each module works on its own copy of a migrated database."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from hypothesis import settings
from sqlalchemy.engine import make_url

from models import database, embedded, keys, migrations
from models.acts import attendance, processes
from models.rules.scope import PROCESS
from tests import serving

# the same cases each time, and none fails because the machine is busy
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A folder that the database's own user can reach, also when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="lvyue-test-"))
    folder.chmod(0o711)
    with embedded.serve(folder / "data", fsync=False):
        migrations.upgrade(embedded.url("owner", data_dir=folder / "data"))
        keys.bind(folder / "keys")
        yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


def superuser(data_dir: Path, statement: str, database_name: str = "postgres") -> None:
    """One statement as the server's own user, outside a transaction."""
    at = make_url(embedded.url("postgres", database_name, data_dir=data_dir))
    connection = psycopg2.connect(dbname=at.database, host=at.query["host"], user=at.username or "postgres")
    connection.autocommit = True
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def bare(data_dir: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh migrated database of this module, bound as the application's; its name."""
    name = "t_" + request.module.__name__.replace(".", "_").lower()[-50:]
    superuser(data_dir, f"drop database if exists {name} with (force)")
    superuser(data_dir, f"create database {name} template lvyue owner owner")
    engine = database.bind(embedded.url("app", name, data_dir=data_dir))
    attendance.forget_months()
    yield name
    engine.dispose()
    superuser(data_dir, f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def scratch(bare: str) -> str:
    """The same, marked as scratch, so that a past can be made in it."""
    processes.mark(PROCESS, "scratch")
    return bare


@pytest.fixture(scope="module")
def site(bare: str, data_dir: Path) -> Iterator[serving.Site]:
    """The whole application on this module's database, over HTTP."""
    with serving.serve(bare, data_dir) as served:
        yield served
