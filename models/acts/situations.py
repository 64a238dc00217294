"""Reading what people's windows depend on: supervision, appointments, absences, punches that count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from models.places import Project
from models.rules import parameters
from models.rules.duty import Span
from models.rules.instants import day_of
from models.rules.readings import Method
from models.rules.windows import Held, Situation

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

_APPOINTMENTS = text(
    "select a.engagement_id, a.person_id, a.during, po.tier, e.section_id from appointment a "
    "join engagement e on e.id = a.engagement_id join post po on po.code = a.post where e.project_id = :project "
    "and (cast(:e as bigint[]) is null or (a.engagement_id, a.person_id) in "
    "     (select * from unnest(cast(:e as bigint[]), cast(:p as bigint[]))))"
)
_ABSENCES = text(
    "select kind, person_id, section_id, engagement_id, during from absence where revoked is null "
    "and (project_id = :project or project_id is null) and (person_id is null or person_id = any(:people))"
)
_PUNCHES = text(
    "select distinct e.id, p.person_id, p.at, p.reading_id, p.method from engagement e "
    "join appointment a on a.engagement_id = e.id "
    "join punch p on p.person_id = a.person_id and a.during @> p.at "
    "join service s on s.terminal_id = p.terminal_id and s.project_id = e.project_id and s.during @> p.at "
    "where e.project_id = :project and a.person_id = any(:people) and p.at >= :begin and p.at < :end "
    "and not exists (select from disqualification d "
    "  where (d.person_id, d.at, d.reading_id) = (p.person_id, p.at, p.reading_id) "
    "  and d.restores is null and not exists (select from disqualification r where r.restores = d.id)) "
    "order by p.at"
)


def span(during: Range[datetime]) -> Span:
    """A stored range as a span; an open end lies in the far future."""
    assert during.lower is not None
    return Span(during.lower, during.upper or FOREVER)


def load(
    session: Session, project: int, pairs: Sequence[tuple[int, int]] | None = None
) -> dict[tuple[int, int], Situation]:
    """Situations of these (engagement, person) pairs, or of everyone in the project."""
    row = session.get_one(Project, project, populate_existing=True)
    supervision = Span(row.supervised_from, min(row.handed_over or FOREVER, row.completed or FOREVER))
    wanted = {"e": None, "p": None} if pairs is None else {"e": [e for e, _ in pairs], "p": [p for _, p in pairs]}
    posts: dict[tuple[int, int], list[Held]] = defaultdict(list)
    sections: dict[int, int | None] = {}
    for engagement, person, during, tier, section in session.execute(_APPOINTMENTS, {"project": project, **wanted}):
        posts[engagement, person].append(Held(*span(during), tier))
        sections[engagement] = section
    if not posts:
        return {}
    people = sorted({person for _, person in posts})
    punches = _punches(session, project, people, supervision)
    leaves, halts = _absences(session, project, people)
    return {
        (engagement, person): Situation(
            supervision=supervision,
            appointments=tuple(spans),
            leaves=tuple(leaves.get(person, ())),
            halts=tuple(s for key in _parts(sections[engagement], engagement) for s in halts.get(key, ())),
            punches=tuple(punches.get((engagement, person), ())),
        )
        for (engagement, person), spans in posts.items()
    }


def _parts(section: int | None, engagement: int) -> list[tuple[str, int]]:
    """What a stoppage may cover of an engagement: the whole project, its section, itself."""
    return [("project", 0), ("engagement", engagement)] + ([("section", section)] if section is not None else [])


def _punches(
    session: Session, project: int, people: Sequence[int], supervision: Span
) -> dict[tuple[int, int], list[datetime]]:
    law = parameters.law()
    found: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    bounds = {"begin": supervision.begin, "end": supervision.end}
    for engagement, person, at, _, method in session.execute(
        _PUNCHES, {"project": project, "people": people, **bounds}
    ):
        if Method(method) in law.methods(day_of(at)):
            found[engagement, person].append(at)
    return found


def _absences(
    session: Session, project: int, people: Sequence[int]
) -> tuple[dict[int, list[Span]], dict[tuple[str, int], list[Span]]]:
    leaves: dict[int, list[Span]] = defaultdict(list)
    halts: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for kind, person, section, engagement, during in session.execute(_ABSENCES, {"project": project, "people": people}):
        if kind == "leave":
            leaves[person].append(span(during))
        elif engagement is not None:
            halts["engagement", engagement].append(span(during))
        else:
            halts[("section", section) if section is not None else ("project", 0)].append(span(during))
    return leaves, halts
