-- What a terminal is told to do. The state follows from the instants; the text is made when it is handed out.
create table command (
    id bigint generated always as identity,
    terminal_id bigint not null,
    kind text not null,
    number text not null default '',
    person_id bigint,
    given jsonb not null default '{}',
    queued timestamptz not null,
    queued_by bigint not null,
    handed timestamptz,
    polls integer not null default 0,
    tries integer not null default 0,
    done timestamptz,
    code integer,
    words text not null default '',
    cancelled timestamptz,
    cancelled_by bigint,
    constraint pk_command primary key (id),
    constraint fk_command_terminal_id foreign key (terminal_id) references terminal (id),
    constraint fk_command_person_id foreign key (person_id) references person (id),
    constraint ck_command_kind check (kind in ('person', 'remove', 'face', 'check', 'info', 'log', 'sum', 'query', 'zone')),
    constraint ck_command_number check (number ~ '^[0-9A-Za-z]{0,24}$'),
    constraint ck_command_handed check ((handed is null) = (tries = 0) and tries >= 0 and polls >= 0),
    constraint ck_command_ended check (done is null or cancelled is null),
    constraint ck_command_cancelled check ((cancelled is null) = (cancelled_by is null)),
    constraint ck_command_code check (code is null or done is not null)
);
create index ix_command_open on command (terminal_id, id) where done is null and cancelled is null;
create index ix_command_roster on command (terminal_id, number, id) where kind in ('person', 'remove');
create index ix_command_terminal_id on command (terminal_id, id);
grant select, insert, update on command to app;
grant select on command to sealer;

-- Lines of terminals' own logs. A log that is sent again adds nothing: the digest is of all that a line says.
create table terminal_event (
    id bigint generated always as identity,
    received timestamptz not null,
    terminal_id bigint not null,
    request_id bigint,
    line integer not null,
    at timestamptz,
    device_time text not null,
    name text not null,
    code bigint,
    operator text not null,
    said text[] not null,
    digest bytea not null,
    salt bytea not null default uuid_send(gen_random_uuid()),
    constraint pk_terminal_event primary key (id),
    constraint fk_terminal_event_terminal_id foreign key (terminal_id) references terminal (id),
    constraint uq_terminal_event_terminal_id_digest unique (terminal_id, digest),
    constraint ck_terminal_event_salt check (octet_length(salt) = 16)
);
create index ix_terminal_event_named on terminal_event (terminal_id, name, received);
create index ix_terminal_event_tamper on terminal_event (received) where name in
    ('admins_cleared', 'clock_set', 'data_purged', 'factory_reset', 'records_deleted');

-- How many people, records and faces a terminal says it holds.
create table terminal_count (
    id bigint generated always as identity,
    terminal_id bigint not null,
    told timestamptz not null,
    users bigint,
    attlogs bigint,
    faces bigint,
    salt bytea not null default uuid_send(gen_random_uuid()),
    constraint pk_terminal_count primary key (id),
    constraint fk_terminal_count_terminal_id foreign key (terminal_id) references terminal (id),
    constraint ck_terminal_count_salt check (octet_length(salt) = 16)
);
create index ix_terminal_count_told on terminal_count (terminal_id, told);

select guard(name) from unnest(array['terminal_event', 'terminal_count']) as name;
grant select, insert on terminal_event, terminal_count to app;
grant select on terminal_event, terminal_count to sealer;

-- The number of the terminal's own count that was heard last, and when its record says that it was made;
-- `began` is when this count was heard for the first time: a count that begins anew fills no gap of the one before.
create table terminal_number (
    terminal_id bigint not null,
    number bigint not null,
    at timestamptz,
    began timestamptz not null,
    constraint pk_terminal_number primary key (terminal_id),
    constraint fk_terminal_number_terminal_id foreign key (terminal_id) references terminal (id)
);
grant select, insert, update on terminal_number to app;
grant select on terminal_number to sealer;

-- What is missing: records low+1 … high of the terminal's count ('serial'), a count that fell from high to low
-- ('fall'), a span of which it holds high records and we low ('sum').
create table gap (
    id bigint generated always as identity,
    terminal_id bigint not null,
    kind text not null,
    low bigint not null,
    high bigint not null,
    since timestamptz,
    until timestamptz,
    found timestamptz not null,
    closed timestamptz,
    closed_by bigint,
    constraint pk_gap primary key (id),
    constraint fk_gap_terminal_id foreign key (terminal_id) references terminal (id),
    constraint ck_gap_kind check (kind in ('serial', 'fall', 'sum')),
    constraint ck_gap_low check (low <= high),
    constraint ck_gap_span check ((kind = 'sum') = (since is not null) and (since is null) = (until is null))
);
create index ix_gap_open on gap (terminal_id) where closed is null;  -- few are, at any time
create index ix_gap_terminal_id on gap (terminal_id, id);
grant select, insert, update on gap to app;
grant select on gap to sealer;
