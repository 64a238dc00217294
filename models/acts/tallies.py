"""Keeping tallies and strips: intake turns open windows into met ones, a recount derives them anew from window facts.

Either removes the settled months that it changes.

Whoever calls holds the project's lock: shared with its pulse moved first (`turned`), or exclusive (`derive`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text

from models.database import At
from models.prepared import Call, Prepared
from models.rules.windows import LEAST_MS


class Turned(NamedTuple):
    """A window that asked for a punch and got its first one."""

    engagement: int
    person: int
    k: int
    project: int


# The pulse's lock makes the order of its parts indifferent.
_TURN = Prepared(
    "turn_windows",
    ("bigint[]", "bigint[]", "integer[]", "bigint[]"),
    "with turned as (select * from unnest($1, $2, $3, $4) as u(e, p, k, j)), "
    "engagements as (update engagement_tally t set met = t.met + d.n "
    "  from (select e, k, count(*) as n from turned group by e, k) d where (t.engagement_id, t.k) = (d.e, d.k) "
    "  returning t.engagement_id, t.ends), "
    "projects as (update project_tally t set met = t.met + d.n "
    "  from (select j, k, count(*) as n from turned group by j, k) d where (t.project_id, t.k) = (d.j, d.k)), "
    "unsettled as (delete from settled_month m using engagements t "
    "  where m.engagement_id = t.engagement_id and m.since < t.ends and m.until >= t.ends) "
    "update window_strip s set states = met_at(s.states, s.first_k, d.ks) "
    "  from (select e, p, array_agg(k) as ks from turned group by e, p) d "
    "  where (s.engagement_id, s.person_id) = (d.e, d.p)",
)


def turned(windows: Sequence[Turned]) -> Call:
    """The statement that counts these windows as met.

    It is run after the projects' pulses are moved: their rows' locks let one writer at a time come here for a project.
    """
    return (_TURN, *(list(column) for column in zip(*windows, strict=True)))


def derive(at: At, project: int, engagements: Sequence[int] | None = None) -> None:
    """Derive a project's tallies and strips, or those of some of its engagements, from window facts; unsettle them."""
    keys = {"project": project, "e": None if engagements is None else sorted(set(engagements)), "least": LEAST_MS}
    for statement in _DERIVE:
        at.session.execute(statement, keys)


_DERIVE = (
    text(
        "delete from engagement_tally "
        "where project_id = :project and (cast(:e as bigint[]) is null or engagement_id = any(:e))"
    ),
    text(
        "insert into engagement_tally (engagement_id, k, project_id, ends, people, due, met) "
        "select engagement_id, k, project_id, ends, count(*), count(*) filter (where duty_ms >= :least), "
        "count(*) filter (where duty_ms >= :least and punches > 0) "
        "from attendance_window "
        "where project_id = :project and (cast(:e as bigint[]) is null or engagement_id = any(:e)) "
        "group by engagement_id, k, project_id, ends"
    ),
    text("delete from project_tally where project_id = :project"),
    text(
        "insert into project_tally (project_id, k, ends, people, due, met) "
        "select project_id, k, ends, sum(people), sum(due), sum(met) from engagement_tally "
        "where project_id = :project group by project_id, k, ends"
    ),
    text(
        "delete from settled_month "
        "where project_id = :project and (cast(:e as bigint[]) is null or engagement_id = any(:e))"
    ),
    text(
        "delete from window_strip "
        "where project_id = :project and (cast(:e as bigint[]) is null or engagement_id = any(:e))"
    ),
    text(
        "insert into window_strip (engagement_id, person_id, project_id, first_k, states, posts) "
        "select engagement_id, person_id, project_id, min(k), string_agg("
        "  set_byte('\\x00', 0, code) || decode(repeat('00', coalesce(following - k - 1, 0)), 'hex'), '' order by k), "
        "posts_held(engagement_id, person_id) "
        "from (select engagement_id, person_id, project_id, k, "
        "             window_code(post_ms, duty_ms, halt_ms, punches, :least) as code, "
        "             lead(k) over (partition by engagement_id, person_id order by k) as following "
        "     from attendance_window "
        "where project_id = :project and (cast(:e as bigint[]) is null or engagement_id = any(:e))) w "
        "group by engagement_id, person_id, project_id"
    ),
)
