-- What a ranking reads of a month that is over: one row an engagement. A row that is there is right: whatever changes
-- the engagement's windows of that month removes it in the same transaction, and readers count what is missing anew.
create table settled_month (
    engagement_id bigint not null,
    until timestamptz not null,
    since timestamptz not null,
    project_id bigint not null,
    windows integer not null,
    people integer not null,
    due integer not null,
    met integer not null,
    points numeric not null,
    charged bigint[] not null,
    law text not null,
    constraint pk_settled_month primary key (engagement_id, until),
    constraint ck_settled_month_span check (since < until),
    constraint ck_settled_month_counts
        check (met between 0 and due and people >= 0 and windows >= 0 and points >= 0),
    constraint fk_settled_month_engagement_id foreign key (engagement_id) references engagement (id),
    constraint fk_settled_month_project_id foreign key (project_id) references project (id)
) with (fillfactor = 90);
create index ix_settled_month_until on settled_month (until);
create index ix_settled_month_project_id on settled_month (project_id);

-- The posts a person held in an engagement, highest first, as screens name them. The notice's posts are rows of these
-- migrations: one that renames a post writes the strips anew.
create function posts_held(engagement bigint, person bigint) returns text
language sql stable parallel safe as $$
    select coalesce(string_agg(name, '、' order by tier, name), '')
    from (select distinct o.name, o.tier from appointment a join post o on o.code = a.post
          where a.engagement_id = engagement and a.person_id = person) held
$$;
alter table window_strip add column posts text;
update window_strip set posts = posts_held(engagement_id, person_id);
alter table window_strip alter column posts set not null;

grant select, insert, update, delete on settled_month to app;
grant select on settled_month to sealer;
