"""What people see instead of a page when something is in the way: in their words, with a way on."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, make_response, render_template, request
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException, InternalServerError

from dashboard.access import is_terminals

WAIT_S = "15"
SAID = {
    403: ("没有权限", "本账号无权查看此内容，如有需要请联系省厅安全管理员。"),
    404: ("找不到页面", "地址不存在，或不在本账号的管辖范围内。"),
    500: ("页面出错", "系统未能完成这一请求，错误已记录。"),
    503: ("数据库暂时没有回应", "系统正在恢复，数据不会丢失；考勤机会在恢复后自动补传。"),
}


def register(server: Flask) -> None:
    """Answer failures of people's requests; terminals' doors keep answers of their own."""
    for error in (exc.OperationalError, exc.InterfaceError, exc.TimeoutError):
        server.register_error_handler(error, _unreachable)
    for status in (403, 404, 500):
        server.register_error_handler(status, _failed)


def _unreachable(error: Exception) -> Response:
    """The database is away, or too busy: say so at once, and come back by oneself."""
    if is_terminals(request.path):
        raise error
    current_app.logger.warning("the database does not answer: %s", str(error).splitlines()[0])
    answer = _answer(HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = WAIT_S
    return answer


def _failed(error: HTTPException | InternalServerError) -> Response | HTTPException:
    return error if is_terminals(request.path) else _answer(HTTPStatus(error.code or 500))


def _answer(status: HTTPStatus) -> Response:
    """A page for a browser's address line, a plain word for everything that scripts ask."""
    what, why = SAID[status]
    if request.path.startswith(("/_dash", "/assets")):
        return Response(what, status, content_type="text/plain; charset=utf-8")
    waits = status == HTTPStatus.SERVICE_UNAVAILABLE
    back = request.full_path.rstrip("?") if waits and request.method == "GET" else "/"
    return make_response(render_template("trouble.html", what=what, why=why, waits=waits, back=back), status)
