-- Who registered, confirmed, sent back or disabled a terminal, when and why. Contacts are sealed.
alter table terminal
    add column contact_name bytea,
    add column contact_phone bytea,
    add column registered timestamptz,
    add column registered_by bigint,
    add column admitted_by bigint,
    add column refused timestamptz,
    add column refused_by bigint,
    add column refused_reason text not null default '',
    add column disabled_by bigint,
    add column disabled_reason text not null default '';

-- What the audit log knows of the terminals that were there before.
update terminal t set registered = e.at, registered_by = e.account_id
from (select distinct on (subject ->> 'terminal') (subject ->> 'terminal')::bigint as terminal, at, account_id
      from event where act = 'register terminal' order by subject ->> 'terminal', id desc) e
where e.terminal = t.id and t.unit_id is not null;
update terminal t set admitted_by = e.account_id
from (select distinct on (subject ->> 'terminal') (subject ->> 'terminal')::bigint as terminal, account_id
      from event where act = 'admit terminal' order by subject ->> 'terminal', id) e
where e.terminal = t.id and t.admitted is not null;
update terminal set admitted_by = 0 where admitted is not null and admitted_by is null;
update terminal set disabled_by = 0, disabled_reason = '—' where disabled is not null;

alter table terminal
    add constraint ck_terminal_registered check ((registered is null) = (registered_by is null)),
    add constraint ck_terminal_admitted_by check ((admitted is null) = (admitted_by is null)),
    add constraint ck_terminal_refused check (refused is null or (admitted is null and refused_by is not null and refused_reason <> '')),
    add constraint ck_terminal_disabled check (disabled is null or (disabled_by is not null and disabled_reason <> ''));

-- What a terminal has said is asked for whenever one is confirmed, a number is mapped or the numbers that mean nobody
-- are listed; the key begins with the time. Without it each of these reads all months there are.
create index ix_reading_terminal on reading (terminal_id, number, at);

-- 网络线路: a change ends a row and begins another.
create table line (
    id bigint generated always as identity,
    unit_id bigint not null,
    project_id bigint,
    operator text not null,
    bandwidth_mbps integer not null,
    contract_end date not null,
    note text not null default '',
    during tstzrange not null,
    entered_by bigint not null,
    ended_by bigint,
    constraint pk_line primary key (id),
    constraint fk_line_unit_id foreign key (unit_id) references unit (id),
    constraint fk_line_project_id foreign key (project_id) references project (id),
    constraint ck_line_during check (not isempty(during) and not lower_inf(during) and lower_inc(during) and not upper_inc(during)),
    constraint ck_line_operator check (operator in ('telecom', 'mobile', 'unicom', 'broadcast', 'other')),
    constraint ck_line_bandwidth_mbps check (bandwidth_mbps between 1 and 100000),
    constraint ck_line_ended check (upper_inf(during) = (ended_by is null))
);
create index ix_line_unit_id on line (unit_id);
grant select, insert, update on line to app;
grant select on line to sealer;
