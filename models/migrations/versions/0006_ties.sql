-- A punch has its reading's instant, so both lie in the same month. The foreign key between the whole tables looked
-- through every month of readings for each punch (92 µs with five months, more with each); between two months it
-- costs what any key costs (15 µs), and proves the same.
create function tie(punches text) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
    execute format('alter table %I add constraint %I foreign key (reading_id, at) references %I (id, at)',
                   punches, 'fk_' || punches || '_reading_id_at', replace(punches, 'punch_', 'reading_'));
end $$;
revoke execute on function tie(text) from public;

create or replace function ensure_month(parent text, instant timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    lower timestamptz := date_trunc('month', instant, 'UTC');
    upper timestamptz := date_trunc('month', instant, 'UTC') + interval '1 month';
    child text := parent || '_' || to_char(instant at time zone 'UTC', 'YYYYMM');
    rest text := parent || '_default';
    key text := case parent when 'request' then 'received' else 'at' end;
    early boolean;
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
    if parent = 'punch' then
        perform ensure_month('reading', instant);
    end if;
    execute format('create table %I (like %I including defaults including constraints including indexes)', child, parent);
    execute format('lock table %I in access exclusive mode', rest);
    execute format('select exists (select from %I where %I >= %L and %I < %L)', rest, key, lower, key, upper) into early;
    if early then
        execute format('alter table %I disable trigger append_only', rest);
        execute format('with moved as (delete from %I where %I >= %L and %I < %L returning *) '
                       'insert into %I select * from moved', rest, key, lower, key, upper, child);
        execute format('alter table %I enable trigger append_only', rest);
    end if;
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, lower, upper);
    if parent = 'punch' then
        perform tie(child);
    end if;
    perform guard(child);
end $$;

do $$
declare
    child text;
begin
    for child in select inhrelid::regclass::text from pg_inherits where inhparent = 'punch'::regclass order by 1 loop
        perform tie(child);
    end loop;
end $$;
alter table punch drop constraint fk_punch_reading_id_at;
