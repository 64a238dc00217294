"""Who may come in: every route is closed but the doors named here; a session gives each request its scope."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from models import database, wording
from models.acts import accounts as acts
from models.queries import accounts
from models.queries.accounts import Viewer
from models.rules.passwords import WeakPassword
from models.rules.scope import Refused, Scope
from models.settings import Settings

COOKIE = "lvyue"
MINUTE = timedelta(minutes=1)
OPEN = ("/signin", "/invitation", "/assets", "/healthz", "/readyz", "/metrics")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SCREENS = "/<path:path>"  # Dash's rule for every address that no other rule takes
POLLING = b'"changedPropIds":["beat.n_intervals"]'

# Browsers read \ as / and drop tabs and line ends: `/<tab>/elsewhere` would lead to another host.
INSIDE = re.compile(r"/(?!/)[^\\\x00-\x1f]*")

Answer = BaseResponse | str | tuple[str, int]


def scope() -> Scope:
    """The scope of the request's session; callbacks and pages ask for it each time."""
    return viewer().scope


def viewer() -> Viewer:
    """Who is looking. 401 without a session: no route but the open doors comes this far."""
    if (found := known()) is None:
        abort(HTTPStatus.UNAUTHORIZED)
    return found


def known() -> Viewer | None:
    """Who is looking, None at an open door."""
    found: Viewer | None = g.get("viewer")
    return found


def register(server: Flask, place: Settings) -> None:
    """Close the server by default and open the sign-in."""
    server.before_request(_guard)
    server.after_request(_harden)
    server.register_error_handler(Refused, _refused)
    server.jinja_env.globals.update(wording=wording)
    server.add_url_rule("/signin", "signin", lambda: _sign_in(place), methods=["GET", "POST"])
    server.add_url_rule("/signout", "signout", _sign_out, methods=["POST"])
    server.add_url_rule("/password", "password", _password, methods=["GET", "POST"])
    server.add_url_rule("/invitation/<token>", "invitation", _invitation, methods=["GET", "POST"])


def is_open(path: str) -> bool:
    """Is this one of the doors that need no session?"""
    return _below(path, OPEN) or is_terminals(path)


def is_terminals(path: str) -> bool:
    """Is this one of the terminals' doors (the application says which, in DOORS)? They never see a sign-in."""
    return _below(path, current_app.config["DOORS"])


def _below(path: str, doors: tuple[str, ...]) -> bool:
    lowered = path.lower()
    return any(lowered == door.lower() or lowered.startswith(f"{door.lower()}/") for door in doors)


def _guard() -> Answer | None:
    if is_open(request.path):
        if request.endpoint == SCREENS:
            abort(HTTPStatus.NOT_FOUND)
        return _same_origin() if request.path.startswith(("/signin", "/invitation")) else None
    token = request.cookies.get(COOKIE, "")
    with database.reading() as (session, now):
        g.viewer = accounts.viewer(session, token, now) if token else None
    if g.viewer is None:
        if request.method == "GET" and not request.path.startswith("/_dash"):
            return redirect(f"/signin?next={quote(request.full_path.rstrip('?'))}")
        return Response("请先登录", HTTPStatus.UNAUTHORIZED, content_type="text/plain; charset=utf-8")
    if now - g.viewer.last_seen > MINUTE and POLLING not in request.get_data():
        acts.still_here(token, now)
    if g.viewer.must_change and request.path not in ("/password", "/signout"):
        return redirect("/password")
    return _same_origin()


def _same_origin() -> Answer | None:
    """Refuse what another site's page sends in a viewer's name."""
    origin = request.headers.get("Origin")
    if request.method not in ("GET", "HEAD") and origin and urlsplit(origin).netloc != request.host:
        return Response("跨站请求被拒绝", HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")
    return None


def _refused(refused: Refused) -> Response:
    """A callback or download asked for what this account may not: no page offers it, someone wrote it by hand."""
    return Response(f"无权操作：{refused}", HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")


def _harden(response: Response) -> Response:
    if not is_terminals(request.path):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _sign_in(place: Settings) -> Answer:
    wrong = ""
    if request.method == "POST":
        try:
            token = _token()
        except acts.WrongPassword as refused:
            wrong = "账号已锁定，请 20 分钟后再试。" if str(refused) == "locked" else "账号或密码不正确。"
        else:
            return _entered(token, place)
    with database.reading() as (session, _):
        entries, mark = accounts.demonstration(session), accounts.mark(session)
    page = render_template("signin.html", entries=entries, mark=mark, wrong=wrong, next=request.args.get("next", "/"))
    return page, HTTPStatus.UNAUTHORIZED if wrong else HTTPStatus.OK


def _token() -> str:
    address = request.remote_addr or ""
    if entry := request.form.get("entry"):
        return acts.enter_demonstration(entry, address)
    return acts.sign_in(request.form.get("login", "").strip().lower(), request.form.get("password", ""), address)


def _entered(token: str, place: Settings) -> BaseResponse:
    following = request.args.get("next", "/")
    response = redirect(following if INSIDE.fullmatch(following) else "/", HTTPStatus.SEE_OTHER)
    secure = request.is_secure if place.cookie_secure is None else place.cookie_secure
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=secure)
    return response


def _sign_out() -> BaseResponse:
    acts.sign_out(request.cookies.get(COOKIE, ""))
    response = redirect("/signin", HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE)
    return response


def _password() -> Answer:
    wrong = ""
    if request.method == "POST":
        try:
            token = request.cookies.get(COOKIE, "")
            acts.change_password(scope(), request.form.get("old", ""), request.form.get("new", ""), token)
        except acts.WrongPassword:
            wrong = "原密码不正确。"
        except WeakPassword as weak:
            wrong = f"新密码不符合要求：{weak}。"
        else:
            return redirect("/", HTTPStatus.SEE_OTHER)
    return render_template("password.html", wrong=wrong, forced=viewer().must_change)


def _invitation(token: str) -> Answer:
    wrong = ""
    if request.method == "POST":
        form = request.form
        try:
            acts.accept_invitation(token, form.get("login", "").lower(), form.get("name", ""), form.get("password", ""))
        except (Refused, WeakPassword) as refused:
            wrong = str(refused)
        else:
            return redirect("/signin", HTTPStatus.SEE_OTHER)
    return render_template("invitation.html", wrong=wrong)
