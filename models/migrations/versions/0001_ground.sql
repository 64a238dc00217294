-- The ground: tables of the trade, append-only guards, grants, divisions and posts.
-- Frozen: later changes are later migrations.


CREATE TABLE area (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    parent TEXT,
    CONSTRAINT pk_area PRIMARY KEY (code),
    CONSTRAINT ck_area_level CHECK (level in ('province', 'prefecture', 'county')),
    CONSTRAINT ck_area_code CHECK (code ~ '^43[0-9]{4}$'),
    CONSTRAINT fk_area_parent FOREIGN KEY(parent) REFERENCES area (code)
);

CREATE TABLE beat (
    process TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_beat PRIMARY KEY (process)
);

CREATE TABLE event (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id BIGINT NOT NULL,
    act TEXT NOT NULL,
    subject JSONB NOT NULL,
    outcome TEXT DEFAULT 'done' NOT NULL,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (id)
);

CREATE INDEX ix_event_at ON event (at);

CREATE TABLE invitation (
    token BYTEA NOT NULL,
    expires TIMESTAMP WITH TIME ZONE NOT NULL,
    used TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_invitation PRIMARY KEY (token)
);

CREATE TABLE mark (
    kind TEXT NOT NULL,
    made TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_mark PRIMARY KEY (kind),
    CONSTRAINT ck_mark_kind CHECK (kind in ('demonstration', 'scratch'))
);

CREATE TABLE month_run (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    month DATE NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    digest TEXT NOT NULL,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_month_run PRIMARY KEY (id),
    CONSTRAINT ck_month_run_first_day CHECK (extract(day from month) = 1)
);

CREATE INDEX ix_month_run_month ON month_run (month, as_of);

CREATE TABLE person (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    id_number BYTEA NOT NULL,
    id_index BYTEA NOT NULL,
    phone BYTEA,
    entered TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_id_index UNIQUE (id_index)
);

CREATE TABLE post (
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    tier SMALLINT NOT NULL,
    certificates TEXT[] NOT NULL,
    CONSTRAINT pk_post PRIMARY KEY (code),
    CONSTRAINT ck_post_kind CHECK (kind in ('contractor', 'supervisor', 'laboratory')),
    CONSTRAINT ck_post_tier CHECK (tier between 1 and 4),
    CONSTRAINT uq_post_code_kind UNIQUE (code, kind),
    CONSTRAINT uq_post_kind_name UNIQUE (kind, name)
);

CREATE TABLE unit (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    uscc TEXT NOT NULL,
    CONSTRAINT pk_unit PRIMARY KEY (id),
    CONSTRAINT ck_unit_uscc CHECK (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$'),
    CONSTRAINT uq_unit_name UNIQUE (name),
    CONSTRAINT uq_unit_uscc UNIQUE (uscc)
);

CREATE TABLE account (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    area TEXT,
    project_kind TEXT,
    unit_id BIGINT,
    password TEXT,
    must_change BOOLEAN DEFAULT true NOT NULL,
    demonstration BOOLEAN DEFAULT false NOT NULL,
    failures SMALLINT DEFAULT 0 NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    created TIMESTAMP WITH TIME ZONE NOT NULL,
    disabled TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT ck_account_role CHECK (role in ('leader', 'tech_centre', 'city_bureau', 'city_agency', 'owner', 'unit', 'support', 'system', 'security', 'audit', 'process')),
    CONSTRAINT ck_account_project_kind CHECK (project_kind in ('highway', 'waterway')),
    CONSTRAINT ck_account_login CHECK (login ~ '^[a-z0-9._-]{2,40}$'),
    CONSTRAINT ck_account_unit_of_role CHECK (role not in ('owner', 'unit') or unit_id is not null),
    CONSTRAINT ck_account_area_of_role CHECK (role not in ('city_bureau', 'city_agency') or area is not null),
    CONSTRAINT ck_account_process CHECK (role <> 'process' or password is null),
    CONSTRAINT uq_account_login UNIQUE (login),
    CONSTRAINT fk_account_area FOREIGN KEY(area) REFERENCES area (code),
    CONSTRAINT fk_account_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE project (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    area TEXT NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    supervised_from TIMESTAMP WITH TIME ZONE NOT NULL,
    handed_over TIMESTAMP WITH TIME ZONE,
    completed TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_project PRIMARY KEY (id),
    CONSTRAINT ck_project_kind CHECK (kind in ('highway', 'waterway')),
    CONSTRAINT ck_project_handed_over CHECK (handed_over > supervised_from),
    CONSTRAINT ck_project_completed CHECK (completed > supervised_from),
    CONSTRAINT ck_project_point CHECK (longitude between 108 and 115 and latitude between 24 and 31),
    CONSTRAINT uq_project_name UNIQUE (name),
    CONSTRAINT fk_project_area FOREIGN KEY(area) REFERENCES area (code)
);

CREATE INDEX ix_project_area ON project (area);

CREATE TABLE terminal (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    protocol TEXT NOT NULL,
    serial TEXT NOT NULL,
    verified BOOLEAN DEFAULT true NOT NULL,
    brand TEXT DEFAULT '' NOT NULL,
    model TEXT DEFAULT '' NOT NULL,
    unit_id BIGINT,
    area TEXT,
    place TEXT DEFAULT '' NOT NULL,
    longitude DOUBLE PRECISION,
    latitude DOUBLE PRECISION,
    offset_minutes SMALLINT DEFAULT 480 NOT NULL,
    token_hash BYTEA,
    first_seen TIMESTAMP WITH TIME ZONE,
    admitted TIMESTAMP WITH TIME ZONE,
    disabled TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_terminal PRIMARY KEY (id),
    CONSTRAINT uq_terminal_protocol_serial_verified UNIQUE (protocol, serial, verified),
    CONSTRAINT ck_terminal_admitted CHECK (admitted is null or (unit_id is not null and verified)),
    CONSTRAINT ck_terminal_serial CHECK (char_length(serial) between 1 and 64),
    CONSTRAINT ck_terminal_offset_minutes CHECK (offset_minutes between -720 and 840),
    CONSTRAINT fk_terminal_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id),
    CONSTRAINT fk_terminal_area FOREIGN KEY(area) REFERENCES area (code)
);

CREATE TABLE badge (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    number TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    terminal_id BIGINT,
    during TSTZRANGE NOT NULL,
    CONSTRAINT pk_badge PRIMARY KEY (id),
    CONSTRAINT ck_badge_during CHECK (not isempty(during) and not lower_inf(during) and lower_inc(during) and not upper_inc(during)),
    CONSTRAINT ck_badge_province_number CHECK (terminal_id is not null or number ~ '^[1-9][0-9]{7}$'),
    CONSTRAINT ex_badge_taken EXCLUDE USING gist (number WITH =, coalesce(terminal_id, 0) WITH =, during WITH &&),
    CONSTRAINT fk_badge_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_badge_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id)
);

CREATE INDEX ix_badge_person ON badge (person_id);

CREATE TABLE circular (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    area TEXT NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    figures JSONB NOT NULL,
    requested TIMESTAMP WITH TIME ZONE NOT NULL,
    requested_by BIGINT NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    progress SMALLINT DEFAULT 0 NOT NULL,
    error TEXT DEFAULT '' NOT NULL,
    pdf BYTEA,
    digest TEXT,
    CONSTRAINT pk_circular PRIMARY KEY (id),
    CONSTRAINT ck_circular_kind CHECK (kind in ('circular', 'notice')),
    CONSTRAINT ck_circular_state CHECK (state in ('queued', 'rendering', 'ready', 'failed')),
    CONSTRAINT ck_circular_progress CHECK (progress between 0 and 100),
    CONSTRAINT ck_circular_ready CHECK ((state = 'ready') = (pdf is not null) and (pdf is null) = (digest is null)),
    CONSTRAINT ck_circular_failed CHECK ((state = 'failed') = (error <> '')),
    CONSTRAINT fk_circular_area FOREIGN KEY(area) REFERENCES area (code),
    CONSTRAINT fk_circular_requested_by FOREIGN KEY(requested_by) REFERENCES account (id)
);

CREATE INDEX ix_circular_due ON circular (id) WHERE state in ('queued', 'rendering');

CREATE TABLE outage (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    terminal_id BIGINT NOT NULL,
    began TIMESTAMP WITH TIME ZONE NOT NULL,
    ended TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_outage PRIMARY KEY (id),
    CONSTRAINT ck_outage_ended CHECK (ended > began),
    CONSTRAINT ex_outage_overlap EXCLUDE USING gist (terminal_id WITH =, tstzrange(began, ended) WITH &&),
    CONSTRAINT fk_outage_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id)
);

CREATE TABLE pulse (
    project_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_pulse PRIMARY KEY (project_id),
    CONSTRAINT fk_pulse_project_id FOREIGN KEY(project_id) REFERENCES project (id)
) WITH (fillfactor = 50);

CREATE TABLE reading (
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    terminal_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    status TEXT NOT NULL,
    verify TEXT NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    method SMALLINT NOT NULL,
    device_time TEXT NOT NULL,
    received TIMESTAMP WITH TIME ZONE NOT NULL,
    request_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_reading PRIMARY KEY (at, terminal_id, number, status, verify),
    CONSTRAINT ck_reading_salt CHECK (octet_length(salt) = 16),
    CONSTRAINT uq_reading_id_at UNIQUE (id, at),
    CONSTRAINT fk_reading_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id)
) PARTITION BY RANGE (at);

CREATE TABLE refusal (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    received TIMESTAMP WITH TIME ZONE NOT NULL,
    terminal_id BIGINT NOT NULL,
    request_id BIGINT,
    line INTEGER NOT NULL,
    text TEXT NOT NULL,
    reason TEXT NOT NULL,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_refusal PRIMARY KEY (id),
    CONSTRAINT ck_refusal_salt CHECK (octet_length(salt) = 16),
    CONSTRAINT fk_refusal_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id)
);

CREATE INDEX ix_refusal_terminal_id ON refusal (terminal_id);

CREATE TABLE request (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    received TIMESTAMP WITH TIME ZONE NOT NULL,
    terminal_id BIGINT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_request PRIMARY KEY (id, received),
    CONSTRAINT ck_request_salt CHECK (octet_length(salt) = 16),
    CONSTRAINT fk_request_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id)
) PARTITION BY RANGE (received);

CREATE TABLE section (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    contract_sum NUMERIC(14, 2) NOT NULL,
    CONSTRAINT pk_section PRIMARY KEY (id),
    CONSTRAINT uq_section_project_id_name UNIQUE (project_id, name),
    CONSTRAINT uq_section_id_project_id UNIQUE (id, project_id),
    CONSTRAINT fk_section_project_id FOREIGN KEY(project_id) REFERENCES project (id)
);

CREATE TABLE service (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    terminal_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    during TSTZRANGE NOT NULL,
    CONSTRAINT pk_service PRIMARY KEY (id),
    CONSTRAINT ck_service_during CHECK (not isempty(during) and not lower_inf(during) and lower_inc(during) and not upper_inc(during)),
    CONSTRAINT ex_service_twice EXCLUDE USING gist (terminal_id WITH =, project_id WITH =, during WITH &&),
    CONSTRAINT fk_service_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id),
    CONSTRAINT fk_service_project_id FOREIGN KEY(project_id) REFERENCES project (id)
);

CREATE INDEX ix_service_project_id ON service (project_id);

CREATE TABLE sign_in (
    token BYTEA NOT NULL,
    account_id BIGINT NOT NULL,
    began TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE NOT NULL,
    address TEXT NOT NULL,
    ended TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in PRIMARY KEY (token),
    CONSTRAINT fk_sign_in_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_sign_in_account ON sign_in (account_id);

CREATE TABLE terminal_state (
    terminal_id BIGINT NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE,
    last_punch TIMESTAMP WITH TIME ZONE,
    skew_ms INTEGER,
    facts JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_terminal_state PRIMARY KEY (terminal_id),
    CONSTRAINT fk_terminal_state_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id)
) WITH (fillfactor = 50);

CREATE TABLE engagement (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    project_id BIGINT NOT NULL,
    section_id BIGINT,
    unit_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    contract_sum NUMERIC(14, 2) NOT NULL,
    CONSTRAINT pk_engagement PRIMARY KEY (id),
    CONSTRAINT ck_engagement_kind CHECK (kind in ('owner', 'contractor', 'supervisor', 'laboratory')),
    CONSTRAINT ck_engagement_owner_of_project CHECK (kind <> 'owner' or section_id is null),
    CONSTRAINT uq_engagement_id_kind UNIQUE (id, kind),
    CONSTRAINT uq_engagement_project_id_section_id_unit_id_kind UNIQUE NULLS NOT DISTINCT (project_id, section_id, unit_id, kind),
    CONSTRAINT fk_engagement_section_id_project_id FOREIGN KEY(section_id, project_id) REFERENCES section (id, project_id),
    CONSTRAINT fk_engagement_project_id FOREIGN KEY(project_id) REFERENCES project (id),
    CONSTRAINT fk_engagement_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE INDEX ix_engagement_unit_id ON engagement (unit_id);

CREATE UNIQUE INDEX uq_engagement_owner ON engagement (project_id) WHERE kind = 'owner';

CREATE TABLE punch (
    person_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    reading_id BIGINT NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    terminal_id BIGINT NOT NULL,
    method SMALLINT NOT NULL,
    recorded TIMESTAMP WITH TIME ZONE NOT NULL,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_punch PRIMARY KEY (person_id, at, reading_id),
    CONSTRAINT ck_punch_salt CHECK (octet_length(salt) = 16),
    CONSTRAINT uq_punch_at_reading_id UNIQUE (at, reading_id),
    CONSTRAINT fk_punch_reading_id_at FOREIGN KEY(reading_id, at) REFERENCES reading (id, at),
    CONSTRAINT fk_punch_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_punch_terminal_id FOREIGN KEY(terminal_id) REFERENCES terminal (id)
) PARTITION BY RANGE (at);

CREATE TABLE absence (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    person_id BIGINT,
    project_id BIGINT,
    section_id BIGINT,
    engagement_id BIGINT,
    during TSTZRANGE NOT NULL,
    reason TEXT NOT NULL,
    approved TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_by BIGINT NOT NULL,
    revoked TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_absence PRIMARY KEY (id),
    CONSTRAINT ck_absence_during CHECK (not isempty(during) and not lower_inf(during) and lower_inc(during) and not upper_inc(during)),
    CONSTRAINT ck_absence_kind CHECK (kind in ('leave', 'stoppage', 'pause', 'fault')),
    CONSTRAINT ck_absence_leave_of_person CHECK ((kind = 'leave') = (person_id is not null)),
    CONSTRAINT ck_absence_of_project CHECK (kind in ('leave', 'pause') or project_id is not null),
    CONSTRAINT ck_absence_part CHECK (kind = 'stoppage' or (section_id is null and engagement_id is null)),
    CONSTRAINT ck_absence_revoked CHECK (revoked >= approved),
    CONSTRAINT fk_absence_section_id_project_id FOREIGN KEY(section_id, project_id) REFERENCES section (id, project_id),
    CONSTRAINT fk_absence_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_absence_project_id FOREIGN KEY(project_id) REFERENCES project (id),
    CONSTRAINT fk_absence_engagement_id FOREIGN KEY(engagement_id) REFERENCES engagement (id)
);

CREATE INDEX ix_absence_person ON absence (person_id);

CREATE INDEX ix_absence_project ON absence (project_id);

CREATE TABLE appointment (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    engagement_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    post TEXT NOT NULL,
    during TSTZRANGE NOT NULL,
    entered TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_appointment PRIMARY KEY (id),
    CONSTRAINT ck_appointment_during CHECK (not isempty(during) and not lower_inf(during) and lower_inc(during) and not upper_inc(during)),
    CONSTRAINT fk_appointment_engagement_id_kind FOREIGN KEY(engagement_id, kind) REFERENCES engagement (id, kind),
    CONSTRAINT fk_appointment_post_kind FOREIGN KEY(post, kind) REFERENCES post (code, kind),
    CONSTRAINT ex_appointment_twice EXCLUDE USING gist (engagement_id WITH =, person_id WITH =, post WITH =, during WITH &&),
    CONSTRAINT fk_appointment_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_appointment_person ON appointment (person_id);

CREATE TABLE attendance_window (
    engagement_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    k INTEGER NOT NULL,
    project_id BIGINT NOT NULL,
    starts TIMESTAMP WITH TIME ZONE NOT NULL,
    ends TIMESTAMP WITH TIME ZONE NOT NULL,
    punches INTEGER NOT NULL,
    first TIMESTAMP WITH TIME ZONE,
    last TIMESTAMP WITH TIME ZONE,
    post_ms INTEGER NOT NULL,
    duty_ms INTEGER NOT NULL,
    halt_ms INTEGER NOT NULL,
    CONSTRAINT pk_attendance_window PRIMARY KEY (engagement_id, person_id, k),
    CONSTRAINT ck_attendance_window_ends CHECK (ends > starts),
    CONSTRAINT ck_attendance_window_punches CHECK ((punches = 0) = (first is null) and (punches = 0) = (last is null)),
    CONSTRAINT ck_attendance_window_within CHECK (first >= starts and last < ends and first <= last),
    CONSTRAINT ck_attendance_window_time CHECK (post_ms > 0 and duty_ms between 0 and post_ms and halt_ms between 0 and post_ms),
    CONSTRAINT fk_attendance_window_engagement_id FOREIGN KEY(engagement_id) REFERENCES engagement (id),
    CONSTRAINT fk_attendance_window_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_attendance_window_project_id FOREIGN KEY(project_id) REFERENCES project (id)
) WITH (fillfactor = 80);

CREATE INDEX ix_attendance_window_project ON attendance_window (project_id, ends);

CREATE TABLE deduction (
    run_id BIGINT NOT NULL,
    engagement_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    rule TEXT NOT NULL,
    windows INTEGER NOT NULL,
    points NUMERIC(6, 1) NOT NULL,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_deduction PRIMARY KEY (run_id, engagement_id, person_id, rule),
    CONSTRAINT ck_deduction_points CHECK (points > 0 and windows > 0),
    CONSTRAINT fk_deduction_run_id FOREIGN KEY(run_id) REFERENCES month_run (id),
    CONSTRAINT fk_deduction_engagement_id FOREIGN KEY(engagement_id) REFERENCES engagement (id),
    CONSTRAINT fk_deduction_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE disqualification (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    person_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    reading_id BIGINT NOT NULL,
    decided TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by BIGINT NOT NULL,
    confirmed_by BIGINT NOT NULL,
    reason TEXT NOT NULL,
    restores BIGINT,
    salt BYTEA DEFAULT uuid_send(gen_random_uuid()) NOT NULL,
    CONSTRAINT pk_disqualification PRIMARY KEY (id),
    CONSTRAINT ck_disqualification_salt CHECK (octet_length(salt) = 16),
    CONSTRAINT ck_disqualification_two_persons CHECK (decided_by <> confirmed_by),
    CONSTRAINT fk_disqualification_person_id_at_reading_id FOREIGN KEY(person_id, at, reading_id) REFERENCES punch (person_id, at, reading_id),
    CONSTRAINT uq_disqualification_restores UNIQUE (restores),
    CONSTRAINT fk_disqualification_decided_by FOREIGN KEY(decided_by) REFERENCES account (id),
    CONSTRAINT fk_disqualification_confirmed_by FOREIGN KEY(confirmed_by) REFERENCES account (id),
    CONSTRAINT fk_disqualification_restores FOREIGN KEY(restores) REFERENCES disqualification (id)
);

CREATE INDEX ix_disqualification_punch ON disqualification (person_id, at);

-- Append-only: nobody updates, deletes or truncates, the owner of the tables included.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'table % is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;

create function guard(name text) returns void language plpgsql as $$
begin
    execute format('create trigger append_only before update or delete or truncate on %I '
                   'for each statement execute function refuse_change()', name);
end $$;

select guard(name) from unnest(array['request', 'reading', 'punch', 'refusal', 'disqualification', 'month_run',
                                     'deduction', 'event', 'mark']) as name;

-- A month's partition, made when first needed; statement triggers do not pass down to partitions, so each gets its own.
create function ensure_month(parent text, instant timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    lower timestamptz := date_trunc('month', instant, 'UTC');
    upper timestamptz := date_trunc('month', instant, 'UTC') + interval '1 month';
    child text := parent || '_' || to_char(instant at time zone 'UTC', 'YYYYMM');
begin
    if parent not in ('request', 'reading', 'punch') then
        raise exception 'no partitioned table %', parent;
    end if;
    if to_regclass(child) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(7, hashtext(child));
    if to_regclass(child) is not null then
        return;
    end if;
    execute format('create table %I (like %I including defaults including constraints including indexes)', child, parent);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, lower, upper);
    perform guard(child);
end $$;

-- Instants outside the plausible range: kept, never counted.
create table reading_default partition of reading default;
select guard('reading_default');
create table punch_default partition of punch default;
select guard('punch_default');
create table request_default partition of request default;
select guard('request_default');

insert into account (id, login, name, role, created) overriding system value values (0, 'process', '系统进程', 'process', now());

grant usage on schema public to app, sealer;
grant select, insert on all tables in schema public to app;
grant select on all tables in schema public to sealer;
grant update, delete on area, beat, invitation, person, post, unit, account, project, terminal, badge, circular, outage,
    pulse, section, service, sign_in, terminal_state, engagement, absence, appointment, attendance_window to app;
revoke insert on alembic_version from app;
revoke execute on function guard(text) from public;
revoke execute on function ensure_month(text, timestamptz) from public;
grant execute on function ensure_month(text, timestamptz) to app;


insert into area (code, name, level, parent) values
('430000', '湖南省', 'province', null),
('430100', '长沙市', 'prefecture', '430000'),
('430102', '芙蓉区', 'county', '430100'),
('430103', '天心区', 'county', '430100'),
('430104', '岳麓区', 'county', '430100'),
('430105', '开福区', 'county', '430100'),
('430111', '雨花区', 'county', '430100'),
('430112', '望城区', 'county', '430100'),
('430121', '长沙县', 'county', '430100'),
('430181', '浏阳市', 'county', '430100'),
('430182', '宁乡市', 'county', '430100'),
('430200', '株洲市', 'prefecture', '430000'),
('430202', '荷塘区', 'county', '430200'),
('430203', '芦淞区', 'county', '430200'),
('430204', '石峰区', 'county', '430200'),
('430211', '天元区', 'county', '430200'),
('430212', '渌口区', 'county', '430200'),
('430223', '攸县', 'county', '430200'),
('430224', '茶陵县', 'county', '430200'),
('430225', '炎陵县', 'county', '430200'),
('430281', '醴陵市', 'county', '430200'),
('430300', '湘潭市', 'prefecture', '430000'),
('430302', '雨湖区', 'county', '430300'),
('430304', '岳塘区', 'county', '430300'),
('430321', '湘潭县', 'county', '430300'),
('430381', '湘乡市', 'county', '430300'),
('430382', '韶山市', 'county', '430300'),
('430400', '衡阳市', 'prefecture', '430000'),
('430405', '珠晖区', 'county', '430400'),
('430406', '雁峰区', 'county', '430400'),
('430407', '石鼓区', 'county', '430400'),
('430408', '蒸湘区', 'county', '430400'),
('430412', '南岳区', 'county', '430400'),
('430421', '衡阳县', 'county', '430400'),
('430422', '衡南县', 'county', '430400'),
('430423', '衡山县', 'county', '430400'),
('430424', '衡东县', 'county', '430400'),
('430426', '祁东县', 'county', '430400'),
('430481', '耒阳市', 'county', '430400'),
('430482', '常宁市', 'county', '430400'),
('430500', '邵阳市', 'prefecture', '430000'),
('430502', '双清区', 'county', '430500'),
('430503', '大祥区', 'county', '430500'),
('430511', '北塔区', 'county', '430500'),
('430522', '新邵县', 'county', '430500'),
('430523', '邵阳县', 'county', '430500'),
('430524', '隆回县', 'county', '430500'),
('430525', '洞口县', 'county', '430500'),
('430527', '绥宁县', 'county', '430500'),
('430528', '新宁县', 'county', '430500'),
('430529', '城步苗族自治县', 'county', '430500'),
('430581', '武冈市', 'county', '430500'),
('430582', '邵东市', 'county', '430500'),
('430600', '岳阳市', 'prefecture', '430000'),
('430602', '岳阳楼区', 'county', '430600'),
('430603', '云溪区', 'county', '430600'),
('430611', '君山区', 'county', '430600'),
('430621', '岳阳县', 'county', '430600'),
('430623', '华容县', 'county', '430600'),
('430624', '湘阴县', 'county', '430600'),
('430626', '平江县', 'county', '430600'),
('430681', '汨罗市', 'county', '430600'),
('430682', '临湘市', 'county', '430600'),
('430700', '常德市', 'prefecture', '430000'),
('430702', '武陵区', 'county', '430700'),
('430703', '鼎城区', 'county', '430700'),
('430721', '安乡县', 'county', '430700'),
('430722', '汉寿县', 'county', '430700'),
('430723', '澧县', 'county', '430700'),
('430724', '临澧县', 'county', '430700'),
('430725', '桃源县', 'county', '430700'),
('430726', '石门县', 'county', '430700'),
('430781', '津市市', 'county', '430700'),
('430800', '张家界市', 'prefecture', '430000'),
('430802', '永定区', 'county', '430800'),
('430811', '武陵源区', 'county', '430800'),
('430821', '慈利县', 'county', '430800'),
('430822', '桑植县', 'county', '430800'),
('430900', '益阳市', 'prefecture', '430000'),
('430902', '资阳区', 'county', '430900'),
('430903', '赫山区', 'county', '430900'),
('430921', '南县', 'county', '430900'),
('430922', '桃江县', 'county', '430900'),
('430923', '安化县', 'county', '430900'),
('430981', '沅江市', 'county', '430900'),
('431000', '郴州市', 'prefecture', '430000'),
('431002', '北湖区', 'county', '431000'),
('431003', '苏仙区', 'county', '431000'),
('431021', '桂阳县', 'county', '431000'),
('431022', '宜章县', 'county', '431000'),
('431023', '永兴县', 'county', '431000'),
('431024', '嘉禾县', 'county', '431000'),
('431025', '临武县', 'county', '431000'),
('431026', '汝城县', 'county', '431000'),
('431027', '桂东县', 'county', '431000'),
('431028', '安仁县', 'county', '431000'),
('431081', '资兴市', 'county', '431000'),
('431100', '永州市', 'prefecture', '430000'),
('431102', '零陵区', 'county', '431100'),
('431103', '冷水滩区', 'county', '431100'),
('431122', '东安县', 'county', '431100'),
('431123', '双牌县', 'county', '431100'),
('431124', '道县', 'county', '431100'),
('431125', '江永县', 'county', '431100'),
('431126', '宁远县', 'county', '431100'),
('431127', '蓝山县', 'county', '431100'),
('431128', '新田县', 'county', '431100'),
('431129', '江华瑶族自治县', 'county', '431100'),
('431181', '祁阳市', 'county', '431100'),
('431200', '怀化市', 'prefecture', '430000'),
('431202', '鹤城区', 'county', '431200'),
('431221', '中方县', 'county', '431200'),
('431222', '沅陵县', 'county', '431200'),
('431223', '辰溪县', 'county', '431200'),
('431224', '溆浦县', 'county', '431200'),
('431225', '会同县', 'county', '431200'),
('431226', '麻阳苗族自治县', 'county', '431200'),
('431227', '新晃侗族自治县', 'county', '431200'),
('431228', '芷江侗族自治县', 'county', '431200'),
('431229', '靖州苗族侗族自治县', 'county', '431200'),
('431230', '通道侗族自治县', 'county', '431200'),
('431281', '洪江市', 'county', '431200'),
('431300', '娄底市', 'prefecture', '430000'),
('431302', '娄星区', 'county', '431300'),
('431321', '双峰县', 'county', '431300'),
('431322', '新化县', 'county', '431300'),
('431381', '冷水江市', 'county', '431300'),
('431382', '涟源市', 'county', '431300'),
('433100', '湘西土家族苗族自治州', 'prefecture', '430000'),
('433101', '吉首市', 'county', '433100'),
('433122', '泸溪县', 'county', '433100'),
('433123', '凤凰县', 'county', '433100'),
('433124', '花垣县', 'county', '433100'),
('433125', '保靖县', 'county', '433100'),
('433126', '古丈县', 'county', '433100'),
('433127', '永顺县', 'county', '433100'),
('433130', '龙山县', 'county', '433100');

-- 附1 tables 1-1 to 1-3 (专职安全员 and 专业监理工程师: 一(二)); tiers are assumed (law/deductions.toml)
insert into post (code, kind, name, tier, certificates) values
('C1', 'contractor', '项目经理', 1, '{建造师证,交安B证,职称证,身份证}'),
('C2', 'contractor', '总工程师', 2, '{交安B证,高级职称证,身份证}'),
('C3', 'contractor', '安全负责人', 2, '{交安B证,职称证,身份证}'),
('C4', 'contractor', '路基工程师', 3, '{职称证,身份证}'),
('C5', 'contractor', '桥梁工程师', 3, '{职称证,身份证}'),
('C6', 'contractor', '隧道工程师', 3, '{职称证,身份证}'),
('C7', 'contractor', '专职安全员', 3, '{交安C证,身份证}'),
('S1', 'supervisor', '驻地监理工程师', 1, '{监理工程师证,职称证,身份证}'),
('S2', 'supervisor', '副驻地监理工程师', 2, '{监理工程师证,职称证,身份证}'),
('S3', 'supervisor', '安全总监', 2, '{监理工程师证,安全培训证,职称证,身份证}'),
('S5', 'supervisor', '桥梁总监', 3, '{监理工程师证,职称证,身份证}'),
('S6', 'supervisor', '隧道总监', 3, '{监理工程师证,职称证,身份证}'),
('S7', 'supervisor', '专业监理工程师', 3, '{监理工程师证,职称证,身份证}'),
('L1', 'laboratory', '授权负责人', 2, '{检测工程师证,职称证,身份证}'),
('L2', 'laboratory', '检测工程师', 3, '{检测工程师证,职称证,身份证}'),
('L3', 'laboratory', '检测员', 4, '{检测员证,身份证}');
