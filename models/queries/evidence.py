"""What stands behind one window: posts, absences, punches with their terminals, the rule with its quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.attendance import AttendanceWindow
from models.base import AnyRow
from models.people import Badge
from models.places import Project
from models.queries import territory
from models.queries.rows import AbsenceRow, Column, Evidence, PunchRow
from models.rules import identity, parameters
from models.rules.instants import day_of
from models.rules.readings import Method
from models.rules.scope import Permission, Scope
from models.rules.windows import Facts, State, state
from models.terminals import Terminal

_PUNCHES = text(
    "select p.at, r.received, r.device_time, t.id as terminal, t.serial, t.place, p.method, "
    "exists (select from service s "
    "  where s.terminal_id = p.terminal_id and s.project_id = :project and s.during @> p.at) as serving, "
    "exists (select from appointment a "
    "  where a.engagement_id = :engagement and a.person_id = p.person_id and a.during @> p.at) as appointed, "
    "exists (select from disqualification d "
    "  where (d.person_id, d.at, d.reading_id) = (p.person_id, p.at, p.reading_id) and d.restores is null "
    "  and not exists (select from disqualification x where x.restores = d.id)) as disqualified "
    "from punch p join reading r on r.id = p.reading_id and r.at = p.at join terminal t on t.id = p.terminal_id "
    "where p.person_id = :person and p.at >= :starts and p.at < :ends order by p.at"
)
_ABSENCES = text(
    "select a.kind, lower(a.during), upper(a.during), a.approved, a.reason from absence a "
    "join engagement e on e.id = :engagement where a.revoked is null and a.during && tstzrange(:starts, :ends) "
    "and (a.person_id = :person or (a.person_id is null and (a.project_id = e.project_id or a.project_id is null) "
    "and (a.section_id is null or a.section_id = e.section_id) "
    "and (a.engagement_id is null or a.engagement_id = e.id))) "
    "order by lower(a.during)"
)
_POSTS = text(
    "select distinct po.tier, po.name from appointment a join post po on po.code = a.post "
    "where a.engagement_id = :engagement and a.person_id = :person and a.during && tstzrange(:starts, :ends) "
    "order by 1, 2"
)


def gather(session: Session, scope: Scope, row: AnyRow, now: datetime) -> Evidence:
    """Everything behind a window row that the caller found within its territory."""
    window: AttendanceWindow = row[0]
    project: Project = row[4]
    keys = {
        "engagement": window.engagement_id,
        "person": window.person_id,
        "project": project.id,
        "starts": window.starts,
        "ends": window.ends,
    }
    posts = session.execute(_POSTS, keys).all()
    rule = parameters.law().absences(day_of(window.starts)).get(posts[0][0]) if posts else None
    found = state(_facts(window), now)
    visible = scope.may(Permission.SEE_PEOPLE)
    return Evidence(
        person=row[1] if visible else identity.mask_name(row[1]),
        number=_number(session, window.person_id) if visible else "***",
        unit=row[2],
        section=row[3] or "",
        posts=tuple(name for _, name in posts),
        project=project.name,
        column=Column(window.k, window.starts, window.ends),
        state=found,
        post_ms=window.post_ms,
        duty_ms=window.duty_ms,
        punches=_punches(session, scope, session.execute(_PUNCHES, keys).all()),
        absences=tuple(AbsenceRow(*absence) for absence in session.execute(_ABSENCES, keys)),
        rule=rule.quote if rule else "",
        article=rule.article if rule else "",
        deduction=rule.points if rule and found is State.MISSED else None,
        rule_id=rule.rule if rule else "",
    )


def _facts(w: AttendanceWindow) -> Facts:
    return Facts(w.k, w.starts, w.ends, w.punches, w.first, w.last, w.post_ms, w.duty_ms, w.halt_ms, w.tier)


def _number(session: Session, person: int) -> str:
    return session.scalar(select(Badge.number).where(Badge.person_id == person, Badge.terminal_id.is_(None))) or ""


def _punches(session: Session, scope: Scope, rows: Sequence[AnyRow]) -> tuple[PunchRow, ...]:
    """All punches of the window; a terminal outside the territory is not named: who works elsewhere too is not told."""
    machines = select(Terminal.id).where(territory.terminals(scope), Terminal.id.in_({p.terminal for p in rows}))
    named = set(session.scalars(machines))
    return tuple(row if row.terminal in named else replace(row, serial="***", place="") for row in map(_punch, rows))


def _punch(p: AnyRow) -> PunchRow:
    reasons = (
        (Method(p.method) not in parameters.law().methods(day_of(p.at)), "验证方式不符合要求"),
        (not p.serving, "该考勤机不服务于本项目"),
        (not p.appointed, "打卡时不在本单位任职"),
        (p.disqualified, "经两人认定为无效"),
    )
    why_not = next((reason for applies, reason in reasons if applies), "")
    return PunchRow(
        p.at, p.received, p.device_time, p.terminal, p.serial, p.place, p.method, counts=not why_not, why_not=why_not
    )
