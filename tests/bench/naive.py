"""The same answers without rollups: from punches, appointments, absences and services, as one would write them in SQL.

The bench's measure. Not careless: times are bounded, so that months are pruned; joins are by key; ranges are joined
once a person; punches are compared with bounds, for of `during @> at` the planner expects hardly a row. Window, duty
and what counts are as in models.rules and models.acts.situations.
"""

from __future__ import annotations

# Every window that ends in (since, until]: post and duty time of each engagement's people, and its counting punches.
DUE = """
with site as (
    select id, supervised_from as start, coalesce(least(handed_over, completed), 'infinity') as stop
    from project where cast(:project as bigint) is null or id = :project
),
pair as materialized (
    select e.id as engagement_id, e.section_id, a.person_id, j.id as project_id, j.start, j.stop,
           range_agg(a.during) as posts
    from site j join engagement e on e.project_id = j.id join appointment a on a.engagement_id = e.id
    group by e.id, a.person_id, j.id, j.start, j.stop
),
absent as (
    select p.engagement_id, p.person_id, b.during, false as halt
    from pair p join absence b on b.person_id = p.person_id and (b.project_id is null or b.project_id = p.project_id)
    where b.kind = 'leave' and b.revoked is null
    union all
    select p.engagement_id, p.person_id, b.during, true
    from pair p join absence b on b.project_id is null or b.project_id = p.project_id
    where b.kind <> 'leave' and b.revoked is null
    and (b.engagement_id is null or b.engagement_id = p.engagement_id)
    and (b.section_id is null or b.engagement_id is not null or b.section_id = p.section_id)
),
away as (
    select engagement_id, person_id, range_agg(during) as away, range_agg(during) filter (where halt) as halt
    from absent group by engagement_id, person_id
),
held as (
    select p.*, starts, starts + interval '72 hours' as ends, w.away, w.halt,
           p.posts * tstzmultirange(tstzrange(starts, least(starts + interval '72 hours', p.stop))) as post
    from pair p left join away w using (engagement_id, person_id),
         generate_series(
             date_bin('72 hours', greatest(:since, p.start), p.start),
             least(:until - interval '72 hours', p.stop - interval '1 ms'), interval '72 hours') starts
),
punched as (
    select e.id as engagement_id, p.person_id, date_bin('72 hours', p.at, j.start) as starts, count(*) as punches
    from punch p
    join appointment a on a.person_id = p.person_id
    join engagement e on e.id = a.engagement_id
    join site j on j.id = e.project_id
    join service s on s.terminal_id = p.terminal_id and s.project_id = e.project_id
    where p.at >= lower(a.during) and p.at < coalesce(upper(a.during), 'infinity') and p.at >= j.start and p.at < j.stop
    and p.at >= lower(s.during) and p.at < coalesce(upper(s.during), 'infinity')
    and p.at >= :since - interval '72 hours' and p.at < :until and p.method = any(:methods)
    and not exists (
        select from disqualification d
        where d.person_id = p.person_id and d.at = p.at and d.reading_id = p.reading_id and d.restores is null
        and not exists (select from disqualification r where r.restores = d.id))
    group by e.id, p.person_id, date_bin('72 hours', p.at, j.start)
),
due as (
    select h.engagement_id, h.person_id, h.project_id, h.starts, h.ends, coalesce(n.punches, 0) as punches,
           (select extract(epoch from sum(upper(r) - lower(r))) * 1000 from unnest(h.post) r) as post_ms,
           (select coalesce(extract(epoch from sum(upper(r) - lower(r))) * 1000, 0)
            from unnest(h.post - coalesce(h.away, '{}')) r) as duty_ms,
           (select coalesce(extract(epoch from sum(upper(r) - lower(r))) * 1000, 0)
            from unnest(h.post * coalesce(h.halt, '{}')) r) as halt_ms
    from held h left join punched n using (engagement_id, person_id, starts)
    where not isempty(h.post)
)
"""

# Per prefecture: windows due and met of the last 30 days, of the 30 before; projects; terminals, those heard of.
OVERVIEW = f"""
{DUE},
counted as (
    select left(j.area, 4) as city,
           count(*) filter (where d.ends > :middle) as due,
           count(*) filter (where d.ends > :middle and d.punches > 0) as met,
           count(*) filter (where d.ends <= :middle) as due_before,
           count(*) filter (where d.ends <= :middle and d.punches > 0) as met_before
    from due d join project j on j.id = d.project_id
    where d.duty_ms >= :least and d.ends <= :now
    group by 1
),
standing as (select left(area, 4) as city, count(*) as projects from project group by 1),
machines as (
    select left(t.area, 4) as city, count(*) as terminals, count(*) filter (where s.last_seen >= :heard) as online
    from terminal t left join terminal_state s on s.terminal_id = t.id
    where t.admitted is not null and t.disabled is null group by 1
)
select left(a.code, 4), coalesce(s.projects, 0), coalesce(c.due, 0), coalesce(c.met, 0), coalesce(c.due_before, 0),
       coalesce(c.met_before, 0), coalesce(m.terminals, 0), coalesce(m.online, 0)
from area a left join counted c on c.city = left(a.code, 4) left join standing s on s.city = left(a.code, 4)
left join machines m on m.city = left(a.code, 4)
where a.level = 'prefecture' order by 1
"""

# A project's people × windows: the state of each cell as rules.windows.State numbers it.
HEATMAP = f"""
{DUE}
select d.engagement_id, d.person_id, p.name, u.name as unit,
       (extract(epoch from d.starts - j.supervised_from) / 259200)::int as k,
       case when d.post_ms < :least then 6
            when d.duty_ms < :least then case when 2 * d.halt_ms >= d.post_ms - d.duty_ms then 4 else 3 end
            when d.punches > 0 then 1 when d.ends > :now then 5 else 2 end as state
from due d join project j on j.id = d.project_id join person p on p.id = d.person_id
join engagement e on e.id = d.engagement_id join unit u on u.id = e.unit_id
order by 1, 2, d.starts
"""

# Units in each kind of work: windows due and met of a month, points lost: a person's by tier, up to the month's cap.
RANKING = f"""
{DUE},
closed as (select * from due where ends <= :now),
worth as (
    select * from unnest(cast(:tiers as int[]), cast(:points as numeric[]), cast(:caps as numeric[])) w(tier, each, cap)
),
missed as (
    select c.engagement_id, c.person_id, (
        select min(o.tier) from appointment a join post o on o.code = a.post join project j on j.id = c.project_id
        where a.engagement_id = c.engagement_id and a.person_id = c.person_id
        and a.during && tstzrange(c.starts, least(c.ends, j.handed_over, j.completed))) as tier
    from closed c where duty_ms >= :least and punches = 0
),
lost as (
    select engagement_id, person_id, sum(least(each * windows, cap)) as points
    from (select engagement_id, person_id, tier, count(*) as windows from missed group by 1, 2, 3) m
    join worth using (tier)
    group by 1, 2
),
people as (
    select engagement_id, person_id, count(*) filter (where duty_ms >= :least) as due,
           count(*) filter (where duty_ms >= :least and punches > 0) as met
    from closed group by 1, 2
)
select e.unit_id, e.kind, sum(p.due)::int, sum(p.met)::int, coalesce(sum(l.points), 0)
from people p join engagement e on e.id = p.engagement_id left join lost l using (engagement_id, person_id)
group by 1, 2 order by 1, 2
"""
