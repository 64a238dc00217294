-- What maps, rankings and heatmaps read: tallies an engagement or a project and window, a strip a person. All derived
-- from attendance_window and kept with it, in the same transactions.

-- rules.windows.code in SQL: the state of a window while it runs. `at_least` is rules.windows.LEAST_MS.
create function window_code(post integer, duty integer, halt integer, punches integer, at_least integer) returns integer
language sql immutable parallel safe as $$
    select case when post < at_least then 6
                when duty < at_least then case when 2 * halt >= post - duty then 4 else 3 end
                when punches > 0 then 1 else 5 end
$$;

-- A strip whose windows `ks` were met.
create function met_at(states bytea, first_k integer, ks integer[]) returns bytea
language plpgsql immutable parallel safe as $$
declare
    k integer;
begin
    foreach k in array ks loop
        states := set_byte(states, k - first_k, 1);
    end loop;
    return states;
end $$;

-- The highest tier held in a window, as deductions value it; until now it was looked up each time.
alter table attendance_window add column tier smallint;
update attendance_window w set tier = coalesce((
    select min(po.tier) from appointment a join post po on po.code = a.post join project j on j.id = w.project_id
    where a.engagement_id = w.engagement_id and a.person_id = w.person_id
    and a.during && tstzrange(greatest(w.starts, j.supervised_from), least(w.ends, j.handed_over, j.completed))), 4);
alter table attendance_window alter column tier set not null;
alter table attendance_window add constraint ck_attendance_window_tier check (tier between 1 and 4);
create index ix_attendance_window_unmet on attendance_window (ends)
    include (engagement_id, person_id, tier, duty_ms) where first is null;

create table engagement_tally (
    engagement_id bigint not null,
    k integer not null,
    project_id bigint not null,
    ends timestamptz not null,
    people integer not null,
    due integer not null,
    met integer not null,
    constraint pk_engagement_tally primary key (engagement_id, k),
    constraint ck_engagement_tally_counts check (met between 0 and due and due between 0 and people),
    constraint fk_engagement_tally_engagement_id foreign key (engagement_id) references engagement (id),
    constraint fk_engagement_tally_project_id foreign key (project_id) references project (id)
) with (fillfactor = 80);
create index ix_engagement_tally_project_id on engagement_tally (project_id);
create index ix_engagement_tally_ends on engagement_tally (ends) include (engagement_id, people, due, met);

create table project_tally (
    project_id bigint not null,
    k integer not null,
    ends timestamptz not null,
    people integer not null,
    due integer not null,
    met integer not null,
    constraint pk_project_tally primary key (project_id, k),
    constraint ck_project_tally_counts check (met between 0 and due and due between 0 and people),
    constraint fk_project_tally_project_id foreign key (project_id) references project (id)
) with (fillfactor = 80);
create index ix_project_tally_ends on project_tally (ends) include (project_id, people, due, met);

create table window_strip (
    engagement_id bigint not null,
    person_id bigint not null,
    project_id bigint not null,
    first_k integer not null,
    states bytea not null,
    constraint pk_window_strip primary key (engagement_id, person_id),
    constraint ck_window_strip_states check (octet_length(states) > 0),
    constraint fk_window_strip_engagement_id foreign key (engagement_id) references engagement (id),
    constraint fk_window_strip_person_id foreign key (person_id) references person (id),
    constraint fk_window_strip_project_id foreign key (project_id) references project (id)
) with (fillfactor = 70);
create index ix_window_strip_project on window_strip (project_id);

-- The facts that are there. 86400000 ms = the 24 hours of least_hours in law/attendance.toml when this was written.
insert into engagement_tally
select engagement_id, k, project_id, ends, count(*), count(*) filter (where duty_ms >= 86400000),
       count(*) filter (where duty_ms >= 86400000 and punches > 0)
from attendance_window group by engagement_id, k, project_id, ends;
insert into project_tally
select project_id, k, ends, sum(people), sum(due), sum(met) from engagement_tally group by project_id, k, ends;
insert into window_strip
select engagement_id, person_id, project_id, min(k), string_agg(
    set_byte('\x00', 0, code) || decode(repeat('00', coalesce(following - k - 1, 0)), 'hex'), '' order by k)
from (select engagement_id, person_id, project_id, k, window_code(post_ms, duty_ms, halt_ms, punches, 86400000) as code,
             lead(k) over (partition by engagement_id, person_id order by k) as following
      from attendance_window) w
group by engagement_id, person_id, project_id;

grant select, insert, update, delete on engagement_tally, project_tally, window_strip to app;
grant select on engagement_tally, project_tally, window_strip to sealer;
