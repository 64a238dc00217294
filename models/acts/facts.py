"""All window facts at once, by sets: what `windows.recount` derives project by project, after a bulk load.

Interval arithmetic as in rules.duty and rules.windows, in milliseconds since a project's supervision start: post time,
the parts of it that leave and halts take, each cut at the windows' borders. A test compares it with the recount.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from models.acts import settled, tallies
from models.acts.windows import AHEAD
from models.database import At
from models.queries.settled import closed
from models.rules import parameters
from models.rules.instants import DAY_MS, day_of


def derive(at: At, as_of: datetime) -> int:
    """Derive the facts of every engagement and person as a recount at `as_of` would; returns how many windows."""
    law, day = parameters.law(), day_of(as_of)
    length = law.window_length(day)
    keys = {
        "length": length,
        "ms": length.days * DAY_MS,
        "until": as_of + (AHEAD + 1) * length,
        "methods": [int(method) for method in law.methods(day)],
    }
    _by_hash(at, "off")
    for name, statement in _PARTS.items():
        at.session.execute(text(f"create temp table {name} on commit drop as {statement}"), keys)
        at.session.execute(text(f"analyze {name}"))
    _by_hash(at, "on")
    made = at.session.execute(_FACTS, keys).rowcount  # type: ignore[attr-defined]
    at.session.execute(text("insert into pulse select id, 1 from project"))
    at.session.execute(text("analyze attendance_window"))
    return int(made)


def _by_hash(at: At, others: str) -> None:
    """The planner takes it for chance at which terminal a person punches, expects few to match and looks up each."""
    for way in ("nestloop", "mergejoin", "sort"):
        at.session.execute(text("select set_config(:way, :others, true)"), {"way": f"enable_{way}", "others": others})


def tally(at: At, as_of: datetime) -> None:
    """Tallies and strips of every project, from its window facts; then the closed months, settled."""
    for project in at.session.scalars(text("select id from project order by id")).all():
        tallies.derive(at, project)
    at.session.execute(text("analyze engagement_tally"))
    every = list(at.session.scalars(text("select id from engagement order by id")))
    for month in closed(as_of):
        settled.write(At(at.session, as_of), month, every)


_POST = """
select a.engagement_id, a.person_id, e.project_id, e.section_id, j.supervised_from as start, range_agg(a.during)
       * tstzmultirange(tstzrange(j.supervised_from, least(j.handed_over, j.completed))) as whole
from appointment a join engagement e on e.id = a.engagement_id join project j on j.id = e.project_id
group by 1, 2, 3, 4, j.id
"""
_AWAY = """
select engagement_id, person_id, start, whole * range_agg(during) as away,
       whole * coalesce(range_agg(during) filter (where halt), '{}') as halt
from (select p.*, b.during, false as halt from posted p join absence b on b.person_id = p.person_id
      where b.revoked is null and b.kind = 'leave' and (b.project_id is null or b.project_id = p.project_id)
      union all
      select p.*, b.during, true from posted p join absence b on b.project_id is null or b.project_id = p.project_id
      where b.revoked is null and b.kind <> 'leave'
      and case when b.engagement_id is not null then b.engagement_id = p.engagement_id
               when b.section_id is not null then b.section_id = p.section_id else true end) found
group by engagement_id, person_id, start, whole
"""
# a disjoint piece of time as milliseconds since the supervision start
_PIECES = """
select engagement_id, person_id, what, (extract(epoch from lower(r) - start) * 1000)::bigint as low,
       case when upper_inf(r) then 9e15 else extract(epoch from upper(r) - start) * 1000 end::bigint as high
from (select engagement_id, person_id, start, 'post' as what, unnest(whole) as r from posted
      union all select engagement_id, person_id, start, 'away', unnest(away) from away
      union all select engagement_id, person_id, start, 'halt', unnest(halt) from away) parts
"""
# the windows of each pair: up to the one that holds the end of its post time or the instant before `until`
_REACH = """
select p.engagement_id, p.person_id, p.project_id, p.start, max((least(i.high, u.until) - 1) / :ms) as last
from posted p join piece i using (engagement_id, person_id),
     lateral (select (extract(epoch from cast(:until as timestamptz) - p.start) * 1000)::bigint as until) u
where i.what = 'post' and i.low < u.until group by 1, 2, 3, 4
"""
_CUT = """
select i.engagement_id, i.person_id, k, sum(part) filter (where what = 'post') as post_ms,
       coalesce(sum(part) filter (where what = 'away'), 0) as away_ms,
       coalesce(sum(part) filter (where what = 'halt'), 0) as halt_ms
from piece i join reach r using (engagement_id, person_id),
     generate_series(i.low / :ms, least((i.high - 1) / :ms, r.last)) k,
     lateral (select (least(i.high, (k + 1) * :ms) - greatest(i.low, k * :ms))::integer as part) s
group by 1, 2, 3
"""
_TIERS = """
select engagement_id, person_id, k, min(tier) as tier
from (select a.engagement_id, a.person_id, r.last, po.tier,
             (extract(epoch from greatest(lower(a.during), r.start) - r.start) * 1000)::bigint as low,
             (extract(epoch from least(upper(a.during), upper(p.whole)) - r.start) * 1000)::bigint as high
      from appointment a join post po on po.code = a.post
      join reach r using (engagement_id, person_id) join posted p using (engagement_id, person_id)) held,
     generate_series(low / :ms, least((high - 1) / :ms, last)) k
where (high > low) is not false
group by 1, 2, 3
"""
# where and when a person's punches count for a pair: few rows, so that the punches are read once and kept nowhere
_PLACES = """
select engagement_id, person_id, terminal_id, start, lower(r) as low, coalesce(upper(r), 'infinity') as high
from (select p.*, s.terminal_id, unnest(p.whole * tstzmultirange(s.during)) as r
      from posted p join service s on s.project_id = p.project_id) served
"""
_HITS = """
select engagement_id, person_id, (extract(epoch from begins - start) * 1000)::bigint / :ms as k, punches, first, last
from (select o.engagement_id, o.person_id, o.start, date_bin(:length, p.at, o.start) as begins,
             count(*) as punches, min(p.at) as first, max(p.at) as last
      from punch p join places o using (person_id, terminal_id)
      where p.at >= o.low and p.at < o.high and p.method = any(:methods) and not exists (
          select from disqualification d where (d.person_id, d.at, d.reading_id) = (p.person_id, p.at, p.reading_id)
          and d.restores is null and not exists (select from disqualification r where r.restores = d.id))
      group by 1, 2, 3, 4) counted
"""
_FACTS = text("""
insert into attendance_window
    (engagement_id, person_id, k, project_id, starts, ends, punches, first, last, post_ms, duty_ms, halt_ms, tier)
select c.engagement_id, c.person_id, c.k, r.project_id, r.start + c.k * :length, r.start + (c.k + 1) * :length,
       coalesce(h.punches, 0), h.first, h.last, c.post_ms, c.post_ms - c.away_ms, c.halt_ms, t.tier
from cut c join reach r using (engagement_id, person_id) join tiers t using (engagement_id, person_id, k)
left join hits h using (engagement_id, person_id, k)
where c.post_ms > 0 order by 1, 2, 3
""")
_PARTS = {
    "posted": _POST, "away": _AWAY, "piece": _PIECES, "reach": _REACH, "cut": _CUT, "tiers": _TIERS,
    "places": _PLACES, "hits": _HITS,
}  # fmt: skip
