-- A month may hold readings before it has a partition: a clock that runs ahead puts them into the default one, where
-- they never count. They move over, unchanged, when the month is made: left there they would refuse the new partition,
-- and with it every reading of the month.
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
    perform guard(child);
end $$;
