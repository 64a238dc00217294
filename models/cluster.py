"""The folder of the embedded PostgreSQL: what lies where, which server lives on it, what a killed one left in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

DATABASE = "lvyue"
SUPERUSER = "postgres"
_SOCKET_BYTES = 107  # what the kernel takes for the path of a socket
_FILES = {"config": "postgresql", "hba": "pg_hba", "ident": "pg_ident"}


class NotRunning(RuntimeError):
    """The embedded PostgreSQL does not run or cannot start; the message is a sentence for the one who starts it."""


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL in one DATA_DIR."""

    data_dir: Path

    @property
    def pgdata(self) -> Path:
        return self.data_dir / "pgdata"

    @property
    def conf(self) -> Path:
        return self.data_dir / "conf"

    @property
    def sockets(self) -> Path:
        """Folder of the socket; a DATA_DIR too long or too odd for a socket's path has it in the temporary folder."""
        near = self.data_dir / "run"
        odd = any(sign in str(near) for sign in ",'\"\\\n")
        if not odd and len(os.fsencode(near / ".s.PGSQL.5432.lock")) <= _SOCKET_BYTES:
            return near
        try:
            return Path((self.conf / "sockets").read_text())
        except FileNotFoundError:
            raise NotRunning(f"There is no database in {self.data_dir} yet.") from None

    def password(self, role: str) -> str:
        """Password of a role. Raises NotRunning if it is not there yet or is another user's."""
        try:
            return (self.data_dir / "secrets" / role).read_text("ascii").strip()
        except FileNotFoundError:
            raise NotRunning(f"There is no database in {self.data_dir} yet.") from None
        except PermissionError:
            raise NotRunning(f"The database in {self.data_dir} belongs to another user of this machine.") from None

    def command(self, program: Path, *, fsync: bool = True) -> list[str]:
        files = [f"{kind}_file={self.conf}/{name}.conf" for kind, name in _FILES.items()]
        switches = [*files, *([] if fsync else ["fsync=off", "full_page_writes=off"])]
        return [str(program), "-D", str(self.pgdata), *(word for switch in switches for word in ("-c", switch))]


def postmaster(cluster: Cluster) -> int | None:
    """Number of a living server on this folder, by its command line: a number alone may be anybody's after a reboot."""
    try:
        number = int((cluster.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")  # a zombie's is empty
    except (OSError, ValueError):
        return None
    folders = [os.path.realpath(after) for word, after in pairwise(words) if word == b"-D"]
    ours = os.fsencode(os.path.realpath(cluster.pgdata)) in folders
    return number if ours and Path(os.fsdecode(words[0])).name == "postgres" else None


def clear(cluster: Cluster) -> None:
    """Remove what a killed server left. Under the lock no server lives, whatever number the files hold."""
    for file in (cluster.pgdata / "postmaster.pid", *cluster.sockets.glob(".s.PGSQL.*")):
        file.unlink(missing_ok=True)
