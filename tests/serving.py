"""The whole application over real HTTP: `wsgi:front` as it is started, on a module's database and a free port."""

from __future__ import annotations

import http.client
import json
import runpy
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
import uvicorn
from flask import Flask

from ingest import server as production
from ingest.heartbeats import SECONDS
from models import database, embedded, settings

FORM = "application/x-www-form-urlencoded"


class Told(NamedTuple):
    """An answer, heard whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Caller:
    """Someone who asks over HTTP, with or without a session; redirects are not followed."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, target: str, body: bytes = b"", /, **headers: str) -> Told:
        """One request on a connection of its own. Header names are written with _ for -."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, target, body=body or None, headers=given)
            answer = line.getresponse()
            told = Told(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            line.close()
        for name, morsel in SimpleCookie(told.headers.get("set-cookie", "")).items():
            self.cookies[name] = morsel.value
        return told

    def get(self, target: str, **headers: str) -> Told:
        return self.ask("GET", target, b"", **headers)

    def form(self, target: str, given: Mapping[str, str], **headers: str) -> Told:
        return self.ask("POST", target, urlencode(given).encode(), Content_Type=FORM, **headers)

    def json(self, target: str, given: object, **headers: str) -> Told:
        return self.ask("POST", target, json.dumps(given).encode(), Content_Type="application/json", **headers)


@dataclass(frozen=True)
class Site:
    """An application that is being served."""

    port: int
    server: Flask

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def caller(self) -> Caller:
        return Caller(self.port)

    def enter(self, login: str) -> Caller:
        """Someone signed in by one click on a demonstration account."""
        caller = self.caller()
        assert caller.form("/signin", {"entry": login}).status == 303
        return caller


@contextmanager
def serve(name: str, data_dir: Path, **environment: str) -> Iterator[Site]:
    """`wsgi:front` made from the environment as at any start, served as in production until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in settings.VARIABLES:
            patch.delenv(variable.name, raising=False)
        given = {
            "DATA_DIR": str(data_dir),
            "KEY_DIR": str(data_dir.parent / "keys"),
            "DATABASE_URL": embedded.url("app", name, data_dir=data_dir),
            "OWNER_DATABASE_URL": embedded.url("owner", name, data_dir=data_dir),
        }
        for variable_name, value in {**given, **environment}.items():
            patch.setenv(variable_name, value)
        # Not imported: importing makes the server, and each module wants one of its own.
        made = runpy.run_path(str(settings.ROOT / "wsgi.py"))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(made["front"], log_config=None, **production.Speaker.CONFIG_KWARGS))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Site(listening.getsockname()[1], made["server"])
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        time.sleep(SECONDS + 0.3)  # contacts heard last are written here, not into the next module's database
        database.engine().dispose()
