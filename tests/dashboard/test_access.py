"""Who comes in and who sees what, over HTTP: every route, every callback, as owner, neighbour and stranger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from dashboard import access
from models import database
from models.acts import accounts, circulars, terminals
from models.acts.attendance import intake
from models.acts.terminals import Contact
from models.rules.scope import PROCESS, Role, Scope
from tests import world as worlds
from tests.cast import World, arrival, punch, wall
from tests.serving import Caller, Site

PASSWORD = "Hunan-2018-Lvyue"
OURS, THEIRS = ("S219株洲段",), ("G107长沙段", "湘江航道长沙段")
# Open to everyone: written down a second time, so that a door opened by mistake is found.
OPEN = {
    "/signin": 200,
    "/invitation/<token>": 200,
    "/assets/<path:filename>": 200,
    "/healthz": 200,
    "/readyz": 503,  # no worker here
    "/metrics": 200,  # from this machine
    "/ingest/v1/openapi.json": 200,
}
GIVEN = {
    "token": "x",
    "filename": "10-tokens.css",
    "paper": "1",
    "photo": "1",
    "path": "anything",
    "package_name": "dash",
}


@pytest.fixture(scope="module")
def world(bare: str) -> World:
    made = worlds.build()
    stranger = made.unit("丁无关")
    accounts.open_account(
        PROCESS, login="stranger", name="丁无关", role=Role.UNIT, password=PASSWORD, unit=stranger, demonstration=True
    )
    return made


@pytest.fixture(scope="module")
def papers(world: World) -> dict[str, int]:
    """A ready and a failed circular of 长沙, a ready one of the province."""
    with database.reading() as (session, _):
        ids: dict[str, int] = dict(session.execute(text("select login, id from account")).all())
    city, centre = Scope(ids["changsha"], Role.CITY_BUREAU, "430100"), Scope(ids["centre"], Role.TECH_CENTRE)
    made = {
        "city": circulars.ask(city, "circular", "2018Q3"),
        "province": circulars.ask(centre, "circular", "2018Q3"),
        "failed": circulars.ask(city, "circular", "2018Q3"),
    }
    circulars.finish(PROCESS, made["city"], b"%PDF-1.7 city")
    circulars.finish(PROCESS, made["province"], b"%PDF-1.7 province")
    circulars.fail(PROCESS, made["failed"], "no font")
    return made


# --- doors


def routes(site: Site) -> Iterator[tuple[str, str, str]]:
    """(rule, method, an address it takes) of every route there is."""
    for rule in site.server.url_map.iter_rules():
        address = re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda found: GIVEN.get(found[1], "1"), rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.rule, method, address


def test_without_a_session_only_the_open_doors_answer(site: Site, world: World) -> None:
    caller, seen = site.caller(), set()
    for rule, method, address in routes(site):
        told = caller.ask(method, address)
        if rule in OPEN:
            expected = (OPEN[rule],) if method == "GET" else (200, 401)
            assert told.status in expected, f"{method} {rule} answers {told.status}"
            seen.add(rule)
        elif method == "GET" and not rule.startswith("/_dash"):
            assert told.status == 302, f"{method} {rule} answers {told.status} to a stranger"
            assert told.headers["location"].startswith("/signin?next="), rule
        else:
            assert told.status == 401, f"{method} {rule} answers {told.status} to a stranger"
        assert "set-cookie" not in told.headers
    assert seen == OPEN.keys()


@pytest.mark.parametrize(
    "path", ["/signin/x", "/assets/../wsgi.py", "/assets/nothing.css", "/healthz/x", "/ingest/x", "/metrics/x", "/x"]
)
def test_below_an_open_door_there_is_no_way_to_a_screen(site: Site, world: World, path: str) -> None:
    told = site.caller().get(path)
    assert told.status in (302, 404)
    assert "_dash-config" not in told.text


def test_a_forged_or_empty_token_opens_nothing(site: Site, world: World) -> None:
    for token in ("", "x", "0" * 43):
        caller = site.caller()
        caller.cookies[access.COOKIE] = token
        assert caller.get("/_dash-layout").status == 401


# --- sign-in


def test_a_password_opens_and_a_wrong_one_does_not(site: Site, world: World) -> None:
    caller = site.caller()
    told = caller.form("/signin", {"login": "leader", "password": "wrong"})
    assert (told.status, "密码不正确" in told.text, caller.cookies) == (401, True, {})
    told = caller.form("/signin", {"login": "nobody", "password": "wrong"})
    assert (told.status, "密码不正确" in told.text, caller.cookies) == (401, True, {})
    told = caller.form("/signin?next=/ranking", {"login": " Leader", "password": PASSWORD})
    assert (told.status, told.headers["location"]) == (303, "/ranking")
    assert {"httponly", "samesite=lax"} <= {part.strip().lower() for part in told.headers["set-cookie"].split(";")}
    assert caller.get("/").status == 200
    assert caller.get("/_dash-layout").status == 200


def test_five_failures_lock_an_account_also_for_the_right_password(site: Site, world: World) -> None:
    caller = site.caller()
    for _ in range(accounts.ATTEMPTS):
        assert caller.form("/signin", {"login": "owner", "password": "wrong"}).status == 401
    told = caller.form("/signin", {"login": "owner", "password": PASSWORD})
    assert (told.status, "已锁定" in told.text, caller.cookies) == (401, True, {})


def test_a_demonstration_is_entered_by_one_click_and_only_by_its_own_accounts(site: Site, world: World) -> None:
    page = site.caller().get("/signin").text
    for login in ("leader", "centre", "zhuzhou", "unit"):
        assert f'value="{login}"' in page
        assert site.enter(login).get("/_dash-layout").status == 200
    caller = site.caller()
    assert caller.form("/signin", {"entry": "process"}).status == 401
    assert caller.cookies == {}


def test_signing_out_ends_the_session_itself(site: Site, world: World) -> None:
    caller = site.enter("leader")
    kept = dict(caller.cookies)
    assert caller.form("/signout", {}).headers["location"] == "/signin"
    caller.cookies = kept
    assert caller.get("/").status == 302
    assert caller.get("/_dash-layout").status == 401


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
def test_another_sites_page_cannot_act_in_a_viewers_name(site: Site, world: World, origin: str) -> None:
    caller = site.enter("leader")
    for path in ("/signin", "/signout", "/password", "/_dash-update-component", "/invitation/x"):
        assert caller.form(path, {"entry": "leader"}, Origin=origin).status == 403, path
    assert caller.get("/_dash-layout").status == 200
    assert site.caller().form("/signin", {"entry": "leader"}, Origin=site.base).status == 303


@pytest.mark.parametrize(
    "following",
    ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example",
     "/\t\\evil.example", "https://evil.example", "javascript:alert(1)", "evil.example", "\\\\evil.example",
     " //evil.example", "///evil.example"],
)  # fmt: skip
def test_after_the_sign_in_nobody_is_led_outside(site: Site, world: World, following: str) -> None:
    told = site.caller().form(f"/signin?{urlencode({'next': following})}", {"entry": "leader"})
    assert (told.status, told.headers["location"]) == (303, "/")


def test_after_the_sign_in_one_is_where_one_wanted_to_go(site: Site, world: World) -> None:
    wanted = "/project/1?search=%E5%BC%A0&page=2"
    asked = site.caller().get(wanted).headers["location"]
    assert site.caller().form(asked, {"entry": "leader"}).headers["location"] == wanted


# --- callbacks

BEAT = ("beat", "n_intervals")
Values = Mapping[tuple[str, str], list[Any]]


def callbacks(caller: Caller) -> list[dict[str, Any]]:
    """Every callback that the server answers, but for Dash's own, which knows no ids of ours."""
    found = json.loads(caller.get("/_dash-dependencies").body)
    return [c for c in found if not c["clientside_function"] and not c["output"].startswith(".._pages_")]


def sensible(chosen: tuple[Any, ...]) -> bool:
    """The views of a ranking are asked of the ranking only."""
    addresses = [value for value in chosen if isinstance(value, str) and value.startswith("/")]
    return not addresses or addresses == ["/ranking"] or not any("of=" in str(value) for value in chosen)


@dataclass
class Asker:
    """A session that asks every registered callback, through the one address that answers them."""

    caller: Caller
    values: Values

    def answers(self) -> dict[str, str]:
        """What each callback says to each combination of values; none is left out, or the test fails by its name."""
        found = {}
        for callback in callbacks(self.caller):
            parts = [*callback["inputs"], *callback["state"]]
            keys = [(part["id"], part["property"]) for part in parts]
            assert set(keys) <= self.values.keys(), f"give values for the new callback {callback['output']}: {keys}"
            for pressed in (k for k, part in enumerate(callback["inputs"]) if k == 0 or is_many(part)):
                for chosen in filter(sensible, product(*self.choices(callback, pressed))):
                    found[f"{callback['output'][:40]} {pressed} {chosen}"] = self.ask(callback, chosen, pressed)
        return found

    def choices(self, callback: Mapping[str, Any], pressed: int) -> list[list[Any]]:
        """What each input and state may hold while the input `pressed` is the one that moved."""
        parts = [*callback["inputs"], *callback["state"]]
        held = [self.values[part["id"], part["property"]] for part in parts]
        one = is_many(parts[pressed])  # then the page it was pressed on, and nothing else
        return [
            [[]] if is_many(part) and at != pressed else value if at == pressed or not one else value[-1:]
            for at, (part, value) in enumerate(zip(parts, held, strict=True))
        ]

    def ask(self, callback: Mapping[str, Any], chosen: tuple[Any, ...], pressed: int = 0) -> str:
        told = self.caller.json("/_dash-update-component", payload(callback, chosen, pressed))
        assert told.status in (200, 204, 403), f"{callback['output']} {chosen}: {told.status} {told.text[-300:]}"
        return json.dumps(json.loads(told.text), ensure_ascii=False) if told.status == 200 else told.text


def is_many(part: Mapping[str, str]) -> bool:
    """Is this the pattern of several components, {"row":["ALL"]}?"""
    return part["id"].endswith('["ALL"]}')


def place(name: str, of: object = None) -> Any:
    """An id as the browser sends it: a word, or an object with what it is `of`."""
    found = json.loads(name) if name.startswith("{") else name
    return dict.fromkeys(found, of) if name.endswith('["ALL"]}') else found


def payload(callback: Mapping[str, Any], chosen: tuple[Any, ...], pressed: int = 0) -> dict[str, Any]:
    """The request that Dash's own browser part would send. What a pattern holds is given as (of what, value)."""
    parts = [
        [{"id": place(part["id"], of), "property": part["property"], "value": held} for of, held in value]
        if is_many(part)
        else {"id": place(part["id"]), "property": part["property"], "value": value}
        for part, value in zip([*callback["inputs"], *callback["state"]], chosen, strict=True)
    ]
    count, first = len(callback["inputs"]), parts[pressed]
    moved: Any = (first or [{"id": "nothing", "property": "value"}])[0] if isinstance(first, list) else first
    name = moved["id"] if isinstance(moved["id"], str) else json.dumps(moved["id"], separators=(",", ":"))
    output = callback["output"]
    named = [one.rsplit(".", 1) for one in output.strip(".").split("...")]
    outputs = [[] if one.endswith('["ALL"]}') else {"id": place(one), "property": what} for one, what in named]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": parts[:count],
        "state": parts[count:],
        "changedPropIds": [f"{name}.{moved['property']}"],
    }


def values(world: World, papers: Mapping[str, int], projects: tuple[str, ...], city: str) -> Values:
    """What can be asked of these projects: their ids at every place where the browser may put one."""
    numbers = [world.projects[name] for name in projects]
    with database.reading() as (session, _):
        query = (
            "select t.id from terminal t join service s on s.terminal_id = t.id where s.project_id = any(:p) order by 1"
        )
        machines = list(session.scalars(text(query), {"p": numbers}))
        cells = session.execute(
            text("select distinct on (engagement_id) engagement_id, person_id, k from attendance_window "
                 "where project_id = any(:p) and k = 3 order by 1, 2"), {"p": numbers}
        ).all()  # fmt: skip
    paths = ["/", "/projects", "/ranking", "/terminals", "/papers", f"/papers/{papers['city']}.pdf"]
    paths += [f"/terminal/{number}" for number in machines] + [f"/project/{number}" for number in numbers]
    paths += [f"/registration/{number}" for number in machines] + [
        "/terminals/new",
        "/numbers",
        "/lines",
        "/tickets",
        "/network",
    ]
    paths += [f"/commissioning/{number}" for number in machines]
    searches = [f"?city={city}&period=2018Q3", "?period=2018Q3&of=people", "?period=2018-08&of=cities"]
    clicks = [{"points": [{"y": f'<b id="{e}-{p}">x</b>', "x": f'<b id="{k}"></b>'}]} for e, p, k in cells]
    return {
        ("url", "pathname"): paths,
        ("url", "search"): searches,
        BEAT: [10],
        ("again", "data"): [None],
        ("known", "data"): [{"fault": True}],
        ('{"filter":["ALL"]}', "value"): [[]],
        ('{"plot":"map"}', "clickData"): [
            {"points": [{"location": city}]},
            {"points": [{"customdata": ["project", numbers[0]]}]},
        ],
        ('{"plot":"heat"}', "clickData"): clicks,
        ('{"row":["ALL"]}', "n_clicks"): [[(f"{e}-{p}", 1)] for e, p, _ in cells],
        ('{"cell":["ALL"]}', "n_clicks"): [[(f"{e}-{p}-{k}", 1)] for e, p, k in cells],
        ("paper-ask", "n_clicks"): [1],
        ("paper-period", "value"): ["2099Q1"],
        ('{"paper":["ALL"]}', "n_clicks"): [[(papers["failed"], 1)]],
        **admission(machines, [p for _, p, _ in cells]),
        **commissioning(machines),
    }


def admission(machines: list[int], people: list[int]) -> Values:
    """The dialogs of registering, deciding and mapping, with these terminals and people."""
    press = [1]
    return {
        ('{"decide":["ALL"]}', "n_clicks"): [[(f"{verb}-{m}-0", 1)] for m in machines for verb in ("admit", "disable")],
        ('{"order":["ALL"]}', "n_clicks"): [
            [(f"{verb}-{m}", 1)] for m in machines for verb in ("info", "cancel", "gap")
        ],
        ('{"confirm":["ALL"]}', "submit_n_clicks"): [[(f"sync-{m}", 1)] for m in machines],
        ("decision-no", "n_clicks"): press,
        ("decision-go", "n_clicks"): press,
        ("decision-which", "children"): [f"disable-{m}-0" for m in machines],
        ("decision-reason", "value"): ["试一试"],
        ("registration-save", "n_clicks"): press,
        ("registration-unit", "data"): [1],
        ('{"field":["ALL"]}', "value"): [[]],
        ('{"field":"area"}', "value"): ["430281"],
        ('{"field":"longitude"}', "value"): [113.1],
        ('{"field":"latitude"}', "value"): [27.8],
        ("spot", "clickData"): [{"points": [{"x": 113.1, "y": 27.8}]}],
        ("number-ask", "n_clicks"): press,
        ("mapping-no", "n_clicks"): press,
        ("mapping-go", "n_clicks"): press,
        ("number-which", "data"): [[m, "77"] for m in machines],
        ("number-person", "value"): people,
        ("number-since", "value"): ["2018-07-02"],
        ("line-add", "n_clicks"): press,
        ("line-operator", "value"): ["telecom"],
        ("line-project", "value"): ["1"],
        ("line-bandwidth", "value"): [100],
        ("line-end", "value"): ["2099-01-01"],
        ("line-note", "value"): [""],
        ('{"line":["ALL"]}', "n_clicks"): [[(1, 1)]],
        ("line-no", "n_clicks"): press,
        ("line-go", "n_clicks"): press,
        ("line-which", "children"): ["1"],
    }


def commissioning(machines: list[int]) -> Values:
    """What is filled in, photographed and submitted on site, for these terminals."""
    return {
        ("commission-shot", "data"): ["data:image/jpeg;base64,AAAA"],
        ("commission-terminal", "data"): machines,
        ('{"unphoto":["ALL"]}', "n_clicks"): [[(1, 1)]],
        ("commission-ask", "n_clicks"): [1],
        ("commission-no", "n_clicks"): [1],
        ("commission-go", "n_clicks"): [1],
        ("commission-height", "value"): [1.18],
        ("commission-ticked", "value"): [["light", "network", "power", "place"]],
        ('{"note":["ALL"]}', "value"): [[]],
        ('{"ticket":["ALL"]}', "n_clicks"): [[("close-1", 1)]],
        ("ticket-no", "n_clicks"): [1],
        ("ticket-go", "n_clicks"): [1],
        ("ticket-which", "children"): ["close-1", "assign-1"],
        ("ticket-whom", "value"): ["试一试"],
        ("ticket-words", "value"): ["试一试"],
    }


def secrets(world: World, projects: tuple[str, ...]) -> set[str]:
    """Every name, number and serial of these projects."""
    units = {"G107长沙段": ("甲路桥", "甲监理"), "湘江航道长沙段": ("乙航务",), "S219株洲段": ("丙检测",)}
    mine = [unit for project in projects for unit in units[project]]
    people = {name for name in world.people if name[:3] in mine}
    serials = {serial for serial in world.terminals if serial[2:] in mine}
    return {*projects, *mine, *people, *serials, *(world.numbers[name] for name in people)}


def told(answers: Mapping[str, str], words: set[str]) -> set[str]:
    """The words that some answer lets out."""
    return {word for word in words for answer in answers.values() if word in answer}


def asker(site: Site, world: World, papers: Mapping[str, int], login: str, theirs: bool = True) -> Asker:
    given = values(world, papers, THEIRS, "430100") if theirs else values(world, papers, OURS, "430200")
    return Asker(site.enter(login), given)


def test_the_owner_of_a_territory_is_told_all_of_it(site: Site, world: World, papers: dict[str, int]) -> None:
    answers = asker(site, world, papers, "changsha").answers()
    assert told(answers, secrets(world, THEIRS)) == secrets(world, THEIRS)
    assert told(answers, secrets(world, OURS)) == set()


def test_a_neighbour_and_a_stranger_are_told_nothing_by_any_callback(
    site: Site, world: World, papers: dict[str, int]
) -> None:
    for login in ("zhuzhou", "stranger"):
        answers = asker(site, world, papers, login).answers()
        assert told(answers, secrets(world, THEIRS)) == set(), login
        assert len(answers) > 40


def test_a_planted_leak_is_found(
    site: Site, world: World, papers: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "scope", lambda: Scope(1, Role.LEADER))
    answers = asker(site, world, papers, "zhuzhou").answers()
    assert told(answers, secrets(world, THEIRS)) == secrets(world, THEIRS)


CLOCK = re.compile(r'(\d{4}-)?\d\d-\d\d \d\d:\d\d(:\d\d)?|"(as_of|heard|data)": \d+|"[0-9a-f]{16}"')


def still(answers: Mapping[str, str]) -> dict[str, str]:
    """Answers without the time of day, how fresh the installation's newest record is, and digests of either."""
    return {name: CLOCK.sub("", answer) for name, answer in answers.items()}


def move(world: World, unit: str) -> None:
    """Something happens in a project: its people punch, the terminal is heard."""
    people = [world.numbers[name] for name in world.people if name.startswith(unit)]
    times = [wall(f"2018-0{month}-{day:02d}T09:30:00") for month in (7, 8, 9) for day in range(1, 31)]
    intake(PROCESS, [arrival(f"T-{unit}", punch(number, at)) for at in times for number in people])
    terminals.seen(PROCESS, [Contact(("zkteco", f"T-{unit}", True), database.now())])


def test_no_figure_of_a_neighbour_moves_when_something_happens_in_the_other_city(
    site: Site, world: World, papers: dict[str, int]
) -> None:
    foreign, own = asker(site, world, papers, "zhuzhou"), asker(site, world, papers, "zhuzhou", theirs=False)
    before = still(foreign.answers()), still(own.answers())
    move(world, "乙航务")
    assert (still(foreign.answers()), still(own.answers())) == before
    move(world, "丙检测")
    assert still(own.answers()) != before[1]  # such a change is seen where it belongs


def test_papers_go_to_their_area_only(site: Site, world: World, papers: dict[str, int]) -> None:
    seen = {
        login: [site.enter(login).get(f"/papers/{papers[name]}.pdf").status for name in ("city", "province", "failed")]
        for login in ("changsha", "leader", "zhuzhou", "stranger", "unit", "support", "security")
    }
    assert seen == {
        "changsha": [200, 404, 404],
        "leader": [200, 200, 404],
        "zhuzhou": [404, 404, 404],
        "stranger": [404, 404, 404],
        "unit": [404, 404, 404],
        "support": [403, 403, 403],
        "security": [403, 403, 403],
    }


def test_a_failed_paper_is_queued_again_by_its_own_city_only(site: Site, world: World, papers: dict[str, int]) -> None:
    with database.reading() as (session, _):
        changsha = session.scalar(text("select id from account where login = 'changsha'"))
    paper = circulars.ask(Scope(changsha, Role.CITY_BUREAU, "430100"), "circular", "2018Q3")
    circulars.fail(PROCESS, paper, "no font")
    states = []
    for login in ("zhuzhou", "leader", "stranger", "support", "changsha"):
        caller = site.enter(login)
        (again,) = (c for c in callbacks(caller) if c["inputs"][0]["id"] == '{"paper":["ALL"]}')
        told = caller.json("/_dash-update-component", payload(again, ([(paper, 1)],)))
        with database.reading() as (session, _):
            state = session.scalar(text("select state from circular where id = :id"), {"id": paper})
        states.append((login, told.status, state))
    assert states == [
        ("zhuzhou", 200, "failed"),
        ("leader", 403, "failed"),
        ("stranger", 403, "failed"),
        ("support", 403, "failed"),
        ("changsha", 200, "queued"),
    ]


# --- roles within a territory


def test_technical_support_sees_terminals_and_no_persons_name(site: Site, world: World, papers: dict[str, int]) -> None:
    for theirs in (True, False):
        answers = asker(site, world, papers, "support", theirs).answers()
        assert told(answers, set(world.people)) == set()
        assert told(answers, set(world.terminals)) == set(world.terminals)


def test_a_unit_sees_its_own_people_only(site: Site, world: World, papers: dict[str, int]) -> None:
    answers = asker(site, world, papers, "unit").answers()
    own = {name for name in world.people if name.startswith("甲监理")}
    assert told(answers, set(world.people)) == own
    heat = {
        k: a for k, a in answers.items() if k.startswith("..page") and f"/project/{world.projects[THEIRS[0]]}'" in k
    }
    assert told(heat, set(world.people)) == own
    assert told(heat, {THEIRS[0]}) == {THEIRS[0]}


def test_the_security_administrator_allocates_accounts_and_sees_no_page(
    site: Site, world: World, papers: dict[str, int]
) -> None:
    answers = asker(site, world, papers, "security").answers()
    pages = {name: answer for name, answer in answers.items() if name.startswith("..page")}
    assert len(pages) > 8
    for name, page in pages.items():
        assert ("没有这个页面" if ".pdf" in name else "无权查看") in page
        assert json.loads(page)["response"]["nav"]["children"] == []
    assert told(answers, secrets(world, (*THEIRS, *OURS))) == set()
