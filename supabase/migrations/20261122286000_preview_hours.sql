drop function app.opening_times(uuid, date, date);
create function app.opening_times(
  time_zone text, weekly public.business_hours[], special public.business_hours_exceptions[], first_day date, last_day date
) returns tstzmultirange
language plpgsql stable security invoker set search_path = ''
as $$
declare
  always constant boolean := coalesce(cardinality(opening_times.weekly), 0) = 0;
begin
  return (
    select coalesce(range_agg(tstzrange(span.opens, span.closes)), '{}')
    from generate_series(0, opening_times.last_day - opening_times.first_day) as place
    cross join lateral (select opening_times.first_day + place as date) as day
    cross join lateral (
      select exists (select from unnest(opening_times.special) as e where e.day = day.date) as special
    ) as kind
    cross join lateral (
      select e.opens, e.closes from unnest(opening_times.special) as e
      where kind.special and e.day = day.date and e.opens is not null
      union all
      select b.opens, b.closes from unnest(opening_times.weekly) as b
      where not kind.special and b.weekday = extract(isodow from day.date)
      union all
      select '00:00', '24:00' where not kind.special and always
    ) as hours
    cross join lateral (
      select (day.date + hours.opens) at time zone opening_times.time_zone as opens,
        (day.date + (hours.closes <= hours.opens)::integer + hours.closes) at time zone opening_times.time_zone as closes
    ) as span
    -- An interval that lies in the hour that the clock skips does not happen on that day.
    where span.opens < span.closes
  );
end $$;
comment on function app.opening_times is
  'When a site with these weekly hours and special days is open, of these local dates. An interval belongs to the day on which it opens; a clock that goes back repeats its hour, and the second time counts; one that goes forward moves what it skips by as much.';

create function app.status_by_hours(
  time_zone text, weekly public.business_hours[], special public.business_hours_exceptions[], at timestamptz
) returns table (open boolean, changes_at timestamptz, reopens_at timestamptz)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  today constant date := (status_by_hours.at at time zone status_by_hours.time_zone)::date;
  -- A week and a day say everything, but for special days further ahead.
  week constant integer := 9;
  last_special constant date := (select max(e.day) from unnest(status_by_hours.special) as e);
  farthest constant integer := least(coalesce(last_special - today, 0) + week, 400);
  times tstzmultirange;
  horizon integer;
begin
  foreach horizon in array array[week, farthest] loop
    -- Nights reach into the next day, and a zone may skip a date.
    times := app.opening_times(
      status_by_hours.time_zone, status_by_hours.weekly, status_by_hours.special, today - 2, today + horizon
    );
    open := times @> status_by_hours.at;
    changes_at := (
      select min(moment) from unnest(times) as span
      cross join lateral (select case when open then upper(span) else lower(span) end as moment) as edge
      where moment > status_by_hours.at
    );
    -- At the end of what was looked at nothing is known.
    exit when changes_at < (today + horizon)::timestamp at time zone status_by_hours.time_zone;
    changes_at := null;
    exit when farthest <= week;
  end loop;
  reopens_at := case when not open then changes_at end;
  return next;
end $$;
comment on function app.status_by_hours is
  'Whether hours, stored or not, are open at a time, when that changes (null: not within 400 days), and when they open again if they are closed.';

create or replace function app.business_status(site_id uuid, at timestamptz default now())
returns table (open boolean, changes_at timestamptz, reopens_at timestamptz)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query select status.* from app.status_by_hours(
    (select s.time_zone from public.sites as s where s.id = business_status.site_id),
    array(select b from public.business_hours as b where b.site_id = business_status.site_id),
    array(select e from public.business_hours_exceptions as e where e.site_id = business_status.site_id),
    business_status.at
  ) as status;
end $$;

create function app.status_by_draft(draft jsonb, at timestamptz) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  most_days constant integer := 400;
  status record;
begin
  perform app.check_hours(draft -> 'hours');
  if jsonb_typeof(draft -> 'special_days') is distinct from 'array' or jsonb_array_length(draft -> 'special_days') > most_days
    or jsonb_typeof(draft -> 'time_zone') is distinct from 'string'
  then
    perform app.refuse(422, 'invalid_input', '{"argument": "draft"}');
  end if;
  select * into status from app.status_by_hours(
    draft ->> 'time_zone',
    array(select h from jsonb_populate_recordset(null::public.business_hours, draft -> 'hours') as h),
    array(select e from jsonb_populate_recordset(null::public.business_hours_exceptions, draft -> 'special_days') as e),
    status_by_draft.at
  );
  return to_jsonb(status);
exception when data_exception then
  perform app.refuse(422, 'invalid_input', '{"argument": "draft"}');
end $$;
comment on function app.status_by_draft is 'app.business_status of hours that are not stored.';

drop function public.read_business_status(uuid, timestamptz);
-- security definer: asked with the rights of the site's operators, answered from one place.
create function public.read_business_status(
  site_id uuid, at timestamptz default now(), draft jsonb default null
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  status record;
begin
  if not coalesce(read_business_status.site_id = any (array(select app.my_site_ids())), false) then
    perform app.refuse(404, 'site_not_found');
  end if;
  if read_business_status.at is null or not isfinite(read_business_status.at) then
    perform app.refuse(422, 'invalid_input', '{"argument": "at"}');
  end if;
  if draft is not null then
    return app.status_by_draft(draft, read_business_status.at);
  end if;
  select * into status from app.business_status(read_business_status.site_id, read_business_status.at);
  return to_jsonb(status);
end $$;
comment on function public.read_business_status is
  'BusinessStatus of a site of the caller, now or at any time: open, changes_at, reopens_at. draft: hours that are not stored yet, {"time_zone": "Europe/Kyiv", "hours": [as set_business_hours takes them], "special_days": [{"day": "2026-12-25", "opens": null, "closes": null}]}.';
grant execute on function public.read_business_status to authenticated;
