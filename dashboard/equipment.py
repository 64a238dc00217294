"""What the pages about terminals share: the way from one to the other, and how a registration stands."""

from __future__ import annotations

from typing import Final

from dash.development.base_component import Component

from dashboard import parts
from models import wording
from models.queries.registration import Registration
from models.rules.scope import Permission, Scope

TABS: Final = (
    ("考勤机", "/terminals", Permission.SEE_TERMINALS),
    ("故障工单", "/tickets", Permission.SEE_TERMINALS),
    ("联网情况", "/network", Permission.SEE_TERMINALS),
    ("未对应编号", "/numbers", Permission.KEEP_REGISTER),
    ("网络线路", "/lines", Permission.REGISTER_TERMINALS),
    ("登记考勤机", "/terminals/new", Permission.REGISTER_TERMINALS),
)
BELOW: Final = (
    *(r"/terminal/\d+", "/terminals/new", r"/registration/\d+", r"/commissioning/\d+"),
    *("/numbers", "/lines", "/tickets", "/network"),
)
LOOKS: Final = {"pending": ("warn", "…"), "refused": ("bad", "↩"), "admitted": ("good", "✓"), "disabled": ("idle", "—")}


def tabs(scope: Scope, here: str) -> Component | None:
    """The pages about terminals that the viewer may open; None where there is only one."""
    items = [(text, href, href == here) for text, href, needs in TABS if scope.may(needs)]
    return parts.segment(items, "考勤机管理") if len(items) > 1 else None


def state(row: Registration) -> Component:
    """待确认, 已退回, 已启用 or 已停用."""
    return parts.tag(*LOOKS[row.state], wording.REGISTRATIONS[row.state])
