create function app.opening_times(site_id uuid, first_day date, last_day date) returns tstzmultirange
language plpgsql stable security invoker set search_path = ''
as $$
declare
  zone constant text := (select s.time_zone from public.sites as s where s.id = opening_times.site_id);
  always constant boolean := not exists (select from public.business_hours as b where b.site_id = opening_times.site_id);
begin
  return (
    select coalesce(range_agg(tstzrange(span.opens, span.closes)), '{}')
    from generate_series(0, opening_times.last_day - opening_times.first_day) as place
    cross join lateral (select opening_times.first_day + place as date) as day
    cross join lateral (
      select exists (
        select from public.business_hours_exceptions as e where e.site_id = opening_times.site_id and e.day = day.date
      ) as special
    ) as kind
    cross join lateral (
      select e.opens, e.closes from public.business_hours_exceptions as e
      where kind.special and e.site_id = opening_times.site_id and e.day = day.date and e.opens is not null
      union all
      select b.opens, b.closes from public.business_hours as b
      where not kind.special and b.site_id = opening_times.site_id and b.weekday = extract(isodow from day.date)
      union all
      select '00:00', '24:00' where not kind.special and always
    ) as hours
    cross join lateral (
      select (day.date + hours.opens) at time zone zone as opens,
        (day.date + (hours.closes <= hours.opens)::integer + hours.closes) at time zone zone as closes
    ) as span
    -- An interval that lies in the hour that the clock skips does not happen on that day.
    where span.opens < span.closes
  );
end $$;
comment on function app.opening_times is
  'When a site is open by its weekly hours and special days of these local dates. An interval belongs to the day on which it opens; a clock that goes back repeats its hour, and the second time counts; one that goes forward moves what it skips by as much.';

create function app.business_status(site_id uuid, at timestamptz default now())
returns table (open boolean, changes_at timestamptz, reopens_at timestamptz)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  zone constant text := (select s.time_zone from public.sites as s where s.id = business_status.site_id);
  today constant date := (business_status.at at time zone zone)::date;
  -- A week and a day say everything, but for special days further ahead.
  week constant integer := 9;
  last_special constant date := (
    select max(e.day) from public.business_hours_exceptions as e where e.site_id = business_status.site_id
  );
  farthest constant integer := least(coalesce(last_special - today, 0) + week, 400);
  times tstzmultirange;
  horizon integer;
begin
  foreach horizon in array array[week, farthest] loop
    -- Nights reach into the next day, and a zone may skip a date.
    times := app.opening_times(business_status.site_id, today - 2, today + horizon);
    open := times @> business_status.at;
    changes_at := (
      select min(moment) from unnest(times) as span
      cross join lateral (select case when open then upper(span) else lower(span) end as moment) as edge
      where moment > business_status.at
    );
    -- At the end of what was looked at nothing is known.
    exit when changes_at < (today + horizon)::timestamp at time zone zone;
    changes_at := null;
    exit when farthest <= week;
  end loop;
  reopens_at := case when not open then changes_at end;
  return next;
end $$;
comment on function app.business_status is
  'Whether a site is open at a time, when that changes (null: not within 400 days), and when it opens again if it is closed.';

-- security definer: asked with the rights of the site's operators, answered from one place.
create function public.read_business_status(site_id uuid, at timestamptz default now()) returns jsonb
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
  select * into status from app.business_status(read_business_status.site_id, read_business_status.at);
  return to_jsonb(status);
end $$;
comment on function public.read_business_status is
  'BusinessStatus of a site of the caller, now or at any time: open, changes_at, reopens_at.';
grant execute on function public.read_business_status to authenticated;
