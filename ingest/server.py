"""How the web server runs: gunicorn keeps the processes (`--config python:ingest.server`), uvicorn speaks in each.

The settings are module variables, as gunicorn reads them.
"""

from __future__ import annotations

import gc
import resource
from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker

from ingest.wire import TerminalProtocol
from models import settings

_PLACE = settings.load()
_FILES = 16384
_CONNECTIONS = 4000

bind = [f"[{_PLACE.host}]:{_PLACE.port}" if ":" in _PLACE.host else f"{_PLACE.host}:{_PLACE.port}"]
# Two processes: one may die or reload while the other answers.
workers = 2
worker_class = "ingest.server.Speaker"
keepalive = 75
timeout = 120  # a process without any sign of life is replaced
graceful_timeout = 20
chdir = str(settings.ROOT)
control_socket_disable = True
errorlog = "-"
loglevel = "warning"


class Speaker(UvicornWorker):  # type: ignore[misc]
    """A process. Whom it believes about https is said by TRUSTED_PROXIES (werkzeug's ProxyFix), not here."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": TerminalProtocol,
        "ws": "none",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "limit_concurrency": _CONNECTIONS,
    }


def on_starting(server: Any) -> None:
    """In the first process, before it listens: room for the connections."""
    del server
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def post_worker_init(worker: Any) -> None:
    """What was loaded stays: to look through it for garbage again and again would hold up every answer."""
    del worker
    gc.collect()
    gc.freeze()
