"""All window facts at once, by sets: what `windows.recount` derives project by project, after a bulk load.

Interval arithmetic as in rules.duty and rules.windows, in milliseconds since a project's supervision start: post time,
the parts of it that leave and halts take, each cut at the windows' borders. A test compares it with the recount.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from models.acts import tallies
from models.acts.windows import AHEAD
from models.database import At
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
    for statement in _PARTS:
        at.session.execute(statement, keys)
    made = at.session.execute(_FACTS, keys).rowcount  # type: ignore[attr-defined]
    at.session.execute(text("insert into pulse select id, 1 from project"))
    at.session.execute(text("analyze attendance_window"))
    return int(made)


def tally(at: At) -> None:
    """Tallies and strips of every project, from its window facts."""
    for project in at.session.scalars(text("select id from project order by id")).all():
        tallies.derive(at, project)


_POST = text("""
create temp table posted on commit drop as
select a.engagement_id, a.person_id, e.project_id, e.section_id, j.supervised_from as start, range_agg(a.during)
       * tstzmultirange(tstzrange(j.supervised_from, least(j.handed_over, j.completed))) as whole
from appointment a join engagement e on e.id = a.engagement_id join project j on j.id = e.project_id
group by 1, 2, 3, 4, j.id
""")
_AWAY = text("""
create temp table away on commit drop as
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
""")
# a disjoint piece of time as milliseconds since the supervision start
_PIECES = text("""
create temp table piece on commit drop as
select engagement_id, person_id, what, (extract(epoch from lower(r) - start) * 1000)::bigint as low,
       case when upper_inf(r) then 9e15 else extract(epoch from upper(r) - start) * 1000 end::bigint as high
from (select engagement_id, person_id, start, 'post' as what, unnest(whole) as r from posted
      union all select engagement_id, person_id, start, 'away', unnest(away) from away
      union all select engagement_id, person_id, start, 'halt', unnest(halt) from away) parts
""")
# the windows of each pair: up to the one that holds the end of its post time or the instant before `until`
_REACH = text("""
create temp table reach on commit drop as
select p.engagement_id, p.person_id, p.project_id, p.start, max((least(i.high, u.until) - 1) / :ms) as last
from posted p join piece i using (engagement_id, person_id),
     lateral (select (extract(epoch from cast(:until as timestamptz) - p.start) * 1000)::bigint as until) u
where i.what = 'post' and i.low < u.until group by 1, 2, 3, 4
""")
_CUT = text("""
create temp table cut on commit drop as
select i.engagement_id, i.person_id, k, sum(part) filter (where what = 'post') as post_ms,
       coalesce(sum(part) filter (where what = 'away'), 0) as away_ms,
       coalesce(sum(part) filter (where what = 'halt'), 0) as halt_ms
from piece i join reach r using (engagement_id, person_id),
     generate_series(i.low / :ms, least((i.high - 1) / :ms, r.last)) k,
     lateral (select least(i.high, (k + 1) * :ms) - greatest(i.low, k * :ms) as part) s
group by 1, 2, 3
""")
_TIERS = text("""
create temp table tiers on commit drop as
select engagement_id, person_id, k, min(tier) as tier
from (select a.engagement_id, a.person_id, r.last, po.tier,
             (extract(epoch from greatest(lower(a.during), r.start) - r.start) * 1000)::bigint as low,
             (extract(epoch from least(upper(a.during), upper(p.whole)) - r.start) * 1000)::bigint as high
      from appointment a join post po on po.code = a.post
      join reach r using (engagement_id, person_id) join posted p using (engagement_id, person_id)) held,
     generate_series(low / :ms, least((high - 1) / :ms, last)) k
where (high > low) is not false
group by 1, 2, 3
""")
_HITS = text("""
create temp table hits on commit drop as
select o.engagement_id, o.person_id, date_bin(:length, p.at, o.start) as starts,
       count(*) as punches, min(p.at) as first, max(p.at) as last
from (select engagement_id, person_id, project_id, start, unnest(whole) as held from posted) o
join punch p on p.person_id = o.person_id and p.at >= lower(o.held) and (p.at < upper(o.held)) is not false
join service s on s.terminal_id = p.terminal_id and s.project_id = o.project_id and s.during @> p.at
where p.method = any(:methods) and not exists (
    select from disqualification d where (d.person_id, d.at, d.reading_id) = (p.person_id, p.at, p.reading_id)
    and d.restores is null and not exists (select from disqualification r where r.restores = d.id))
group by 1, 2, 3
""")
_FACTS = text("""
insert into attendance_window
    (engagement_id, person_id, k, project_id, starts, ends, punches, first, last, post_ms, duty_ms, halt_ms, tier)
select c.engagement_id, c.person_id, c.k, r.project_id, r.start + c.k * :length, r.start + (c.k + 1) * :length,
       coalesce(h.punches, 0), h.first, h.last, c.post_ms, c.post_ms - c.away_ms, c.halt_ms, t.tier
from cut c join reach r using (engagement_id, person_id) join tiers t using (engagement_id, person_id, k)
left join hits h
     on (h.engagement_id, h.person_id, h.starts) = (c.engagement_id, c.person_id, r.start + c.k * :length)
where c.post_ms > 0 order by 1, 2, 3
""")
_PARTS = (_POST, _AWAY, _PIECES, _REACH, _CUT, _TIERS, _HITS)
