"""The house: who may import whom, who asks for a scope, where clock and offset stand; a failure says the remedy."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest

from models import wording
from models.rules import commands, parameters
from models.rules.events import EventName
from models.rules.loss import GapKind
from models.rules.presence import Light, Soundness
from models.rules.readings import Method
from models.rules.scope import Permission, Role
from models.rules.windows import State

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("dashboard", "ingest", "models", "recognition", "reports")
FILES = [
    *sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py") if "migrations/versions" not in p.as_posix()),
    ROOT / "wsgi.py",
    ROOT / "worker.py",
]

# (files that, may not import, remedy)
DIRECTIONS = (
    (
        "models/rules/",
        r"(?!models\.rules)(models|ingest|dashboard|reports|recognition|sqlalchemy|flask|dash|psycopg2)\b",
        "rules are pure: give the rule what it needs as an argument",
    ),
    ("models/queries/", r"models\.acts\b", "readers never write: move the shared part to models/rules"),
    (
        "models/",
        r"(ingest|dashboard|reports|recognition|dash|plotly|weasyprint)\b",
        "the model knows no door and no screen: turn the arrow round",
    ),
    (
        "recognition/",
        r"(models|ingest|dashboard|reports|sqlalchemy)\b",
        "recognition knows no table: pass images and vectors",
    ),
    (
        "ingest/protocols/",
        r"(sqlalchemy|flask|models\.(?!rules)|dashboard|reports)",
        "a protocol is a pure translator: bytes in, readings out",
    ),
    ("ingest/", r"(dashboard|reports|dash|plotly|weasyprint)\b", "terminals' doors draw nothing"),
    (
        "reports/",
        r"(models\.acts|ingest|dashboard|sqlalchemy|flask)\b",
        "papers read queries' rows and draw; the worker acts",
    ),
    ("dashboard/", r"(ingest|recognition)\b", "screens know no terminal: wsgi.py hands over what both need"),
    (
        "dashboard/figures/",
        r"(models\.(acts|database|queries\.(?!rows))|dashboard\.pages|flask|sqlalchemy)\b",
        "a figure is rows in, go.Figure out: the page asks the query",
    ),
    (
        "dashboard/pages/",
        r"(sqlalchemy|psycopg2|models\.(attendance|people|places|units|terminals|accounts|circulars)\b)",
        "a page binds a query's rows to figures and parts: write the query in models/queries",
    ),
)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported module of a file, with its line; type-checking imports too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def broken_directions(name: str, source: str) -> list[str]:
    """What a file imports against the house's directions, each with the remedy."""
    return [
        f"{name}:{line} imports {module}: {remedy}"
        for prefix, forbidden, remedy in DIRECTIONS
        if name.startswith(prefix)
        for line, module in imports(ast.parse(source))
        if re.match(forbidden, module)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_downwards(path: Path) -> None:
    assert broken_directions(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("name", "planted", "remedy"),
    [
        ("models/rules/windows.py", "from models.database import now", "rules are pure"),
        ("models/queries/credit.py", "from models.acts import windows", "readers never write"),
        ("models/acts/places.py", "import dashboard.parts", "turn the arrow round"),
        ("ingest/protocols/zkteco/lines.py", "from models import database", "pure translator"),
        ("dashboard/figures/maps.py", "from models.queries import places", "the page asks the query"),
        ("reports/circulars.py", "from models.acts import circulars", "the worker acts"),
    ],
)
def test_a_planted_import_is_found_with_its_remedy(name: str, planted: str, remedy: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8") + f"\n{planted}\n"
    assert any(remedy in told for told in broken_directions(name, source))


# functions of acts and queries that take no scope, and why
WITHOUT_SCOPE = {
    "models.acts.accounts": {"sign_in", "sign_out", "still_here", "enter_demonstration", "accept_invitation"},  # doors
    "models.acts.arrivals": {
        "lock", "known_ids", "terminal_ids", "insert_requests", "insert_readings", "insert_refusals",
    },  # parts of intake
    "models.acts.attendance": {
        "counts", "plausible", "served", "release", "attribute", "forget_months",
    },  # parts of acts, inside their transaction
    "models.acts.bare": {"bare", "constraints", "count_on"},  # parts of bulk.load
    "models.acts.facts": {"derive", "tally"},  # likewise
    "models.acts.commands": {"is_open", "put", "yesterday"},  # parts of acts
    "models.acts.loss": {"note", "note_counts"},  # parts of intake and of seen
    "models.acts.events": {"record"},  # takes the At first, the scope second
    "models.acts.processes": {"beat"},
    "models.acts.people": {"hold"},
    "models.acts.situations": {"load", "span"},
    "models.acts.terminals": {"token_hash"},
    "models.acts.settled": {"write"},  # a part of settle and of bulk.load
    "models.acts.tallies": {"turned", "derive"},  # parts of acts
    "models.acts.windows": {"add", "touch", "recount", "due"},  # parts of acts; due is the worker's
    "models.queries.accounts": {"viewer", "demonstration", "mark"},  # they make the scope
    "models.queries.circulars": {"freeze", "thaw"},
    "models.queries.rows": {"ratio"},
    "models.queries.settled": {"closed"},  # months
    "models.queries.standings": {"units"},  # of works that were asked for by scope
    "models.queries.status": {"migrated", "alive", "freshest", "sizes"},  # of the installation, no territory
    "models.queries.tallies": {"instants", "counts", "within", "add", "total"},  # conditions and sums
}  # fmt: skip


@pytest.mark.parametrize("folder", ["acts", "queries"])
def test_every_act_and_query_takes_a_scope(folder: str) -> None:
    for path in sorted((ROOT / "models" / folder).glob("[!_]*.py")):
        module = import_module(f"models.{folder}.{path.stem}")
        for name, function in vars(module).items():
            if not isinstance(function, FunctionType) or function.__module__ != module.__name__ or name.startswith("_"):
                continue
            if name in WITHOUT_SCOPE.get(module.__name__, ()):
                continue
            assert "scope" in list(inspect.signature(function).parameters)[:2], (
                f"{module.__name__}.{name} takes no scope: make it the first (act) or second (query) parameter "
                "and start from the territory, or say in WITHOUT_SCOPE why not"
            )


def test_every_page_names_its_permission() -> None:
    from dashboard.app import PAGES

    for page in PAGES:
        assert isinstance(page.NEEDS, Permission), f"{page.__name__}: say which permission it needs (NEEDS)"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 300, f"{path.name} is over 300 lines: one noun a file, split it"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and (lines := (node.end_lineno or 0) - node.lineno + 1) > 40:
            pytest.fail(f"{path.name}: {node.name} has {lines} lines: give its steps names")


CLOCK = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|func\.now\(|time\.time\(")
OFFSET = re.compile(r"timedelta\(hours=8\)|\+08:00|Asia/Shanghai")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_clock_and_the_offset_stand_in_one_file_each(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    code = "\n".join(line.split("#")[0] for line in path.read_text(encoding="utf-8").splitlines())
    code = re.sub(r'"""[\s\S]*?"""', "", code)
    if name != "models/database.py":
        assert not CLOCK.search(code), f"{name} reads a clock: take `now` from transaction() or reading()"
    if name != "models/rules/instants.py":
        assert not OFFSET.search(code), f"{name} knows the offset: use models.rules.instants"


def _values(node: object, trail: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(node, dict):
        if "from" in node:
            yield trail, node
        for key, child in node.items():
            yield from _values(child, f"{trail}/{key}")
    elif isinstance(node, list):
        for child in node:
            yield from _values(child, trail)


LAW = sorted(parameters.LAW.glob("*.toml"))


@pytest.mark.parametrize("path", LAW, ids=lambda path: path.name)
def test_every_number_of_the_law_has_a_day_and_a_source(path: Path) -> None:
    found = list(_values(tomllib.loads(path.read_text(encoding="utf-8"))))
    assert found
    for trail, value in found:
        grounded = ("article" in value and "quote" in value) or (value.get("source") == "assumed" and value.get("why"))
        assert grounded, f"{path.name}{trail}: give article and quote, or source = assumed and why"


@pytest.mark.parametrize("path", LAW, ids=lambda path: path.name)
def test_every_quote_stands_in_the_notice(path: Path) -> None:
    notice = re.sub(r"\s", "", (parameters.LAW / "notice-2018-288.txt").read_text(encoding="utf-8"))
    quotes = re.findall(r'^quote = "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    for quote in quotes:
        assert re.sub(r"\s", "", quote).replace("(", "（").replace(")", "）") in notice.replace("(", "（").replace(
            ")", "）"
        ), f"{path.name}: the notice does not say {quote!r}"


@pytest.mark.parametrize(
    ("table", "kind"),
    [(wording.STATES, State), (wording.STATE_SIGNS, State), (wording.LIGHTS, Light), (wording.METHODS, Method),
     (wording.ROLES, Role), (wording.PERMISSIONS, Permission), (wording.COMMANDS, commands.Kind),
     (wording.COMMAND_STATES, commands.State), (wording.EVENTS, EventName), (wording.GAPS, GapKind),
     (wording.SOUNDNESS, Soundness)],
    ids=["states", "signs", "lights", "methods", "roles", "permissions", "commands", "command states", "events", "gaps",
         "soundness"],
)  # fmt: skip
def test_every_word_of_the_trade_has_its_chinese(table: dict[object, object], kind: type[Enum]) -> None:
    assert set(table) == set(kind), f"add the missing labels of {kind.__name__} to models/wording.py"


def test_no_page_or_style_names_another_host() -> None:
    screens = (ROOT / "dashboard").rglob("*")
    for path in [*(ROOT / "assets").glob("*.css"), *(p for p in screens if p.suffix in (".html", ".py"))]:
        text = re.sub(r"/\*[\s\S]*?\*/", "", path.read_text(encoding="utf-8")).replace("http://www.w3.org/", "")
        assert not re.search(r"(https?:)?//[a-z0-9.-]+\.(com|net|org|io)", text), (
            f"{path.name}: an intranet has no other host"
        )
