-- 安装调试 (附件3): once for each terminal, append-only. Terminals in service before are commissioned by their units too.
create table commissioning (
    id bigint generated always as identity,
    terminal_id bigint not null,
    at timestamptz not null,
    account_id bigint not null,
    sheet jsonb not null,
    steps jsonb not null,
    photos jsonb not null,
    salt bytea default uuid_send(gen_random_uuid()) not null,
    constraint pk_commissioning primary key (id),
    constraint uq_commissioning_terminal_id unique (terminal_id),
    constraint fk_commissioning_terminal_id foreign key (terminal_id) references terminal (id),
    constraint fk_commissioning_account_id foreign key (account_id) references account (id),
    constraint ck_commissioning_salt check (octet_length(salt) = 16)
);
select guard('commissioning');

-- Pictures of the installation, encrypted with the platform's data keys.
create table installation_photo (
    id bigint generated always as identity,
    terminal_id bigint not null,
    added timestamptz not null,
    added_by bigint not null,
    picture bytea not null,
    digest bytea not null,
    constraint pk_installation_photo primary key (id),
    constraint fk_installation_photo_terminal_id foreign key (terminal_id) references terminal (id),
    constraint fk_installation_photo_added_by foreign key (added_by) references account (id),
    constraint ck_installation_photo_digest check (octet_length(digest) = 32)
);
create index ix_installation_photo_terminal_id on installation_photo (terminal_id);
alter table installation_photo alter column picture set storage external; -- encrypted: there is nothing to compress

-- A picture that a commissioning cites stays as it is.
create function keep_cited_photo() returns trigger language plpgsql as $$
begin
    if exists (select from commissioning where terminal_id = old.terminal_id) then
        raise exception 'picture % belongs to a commissioned terminal', old.id using errcode = 'insufficient_privilege';
    end if;
    return old;
end $$;
create trigger keep_cited before delete on installation_photo for each row execute function keep_cited_photo();

grant select, insert on commissioning to app;
grant select, insert, delete on installation_photo to app;
grant select on commissioning, installation_photo to sealer;

-- 故障工单: one an outage, opened by the worker after a dated time of silence, closed by people.
create table ticket (
    id bigint generated always as identity,
    outage_id bigint not null,
    opened timestamptz not null,
    cause text not null,
    assigned text not null default '',
    note text not null default '',
    closed timestamptz,
    closed_by bigint,
    remedy text not null default '',
    constraint pk_ticket primary key (id),
    constraint uq_ticket_outage_id unique (outage_id),
    constraint fk_ticket_outage_id foreign key (outage_id) references outage (id),
    constraint fk_ticket_closed_by foreign key (closed_by) references account (id),
    constraint ck_ticket_cause check (cause in ('own', 'power', 'line', 'device')),
    constraint ck_ticket_closed check ((closed is null) = (closed_by is null) and (closed is null) = (remedy = ''))
);
create index ix_ticket_open on ticket (opened) where closed is null;
grant select, insert, update on ticket to app;
grant select on ticket to sealer;
