create table public.business_hours (
  site_id uuid not null,
  organization_id uuid not null,
  weekday smallint not null check (weekday between 1 and 7),
  opens time not null check (opens < '24:00'),
  closes time not null check (closes > '00:00' and closes <> opens),
  primary key (site_id, weekday, opens),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade
);
comment on table public.business_hours is
  'When the team answers, in the time zone of the site; a site without rows is always open.';
comment on column public.business_hours.weekday is '1 is Monday, 7 is Sunday.';
comment on column public.business_hours.closes is 'At most 24:00; earlier than opens means on the next day.';
create index on public.business_hours (organization_id);

create table public.business_hours_exceptions (
  id uuid primary key default gen_random_uuid(),
  site_id uuid not null,
  organization_id uuid not null,
  day date not null,
  opens time check (opens < '24:00'),
  closes time check (closes > '00:00' and closes <> opens),
  name text check (char_length(name) between 1 and 80),
  unique nulls not distinct (site_id, day, opens),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  check ((opens is null) = (closes is null))
);
comment on table public.business_hours_exceptions is
  'Days with hours of their own instead of the weekly ones; one row without hours is a day off.';
create index on public.business_hours_exceptions (organization_id);

alter table public.business_hours enable row level security;
alter table public.business_hours_exceptions enable row level security;
grant select on public.business_hours, public.business_hours_exceptions to authenticated;

create policy "operators read the hours of their sites" on public.business_hours
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

create policy "operators read the special days of their sites" on public.business_hours_exceptions
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- Minutes of a week (or of a day and the next): intervals that touch are fine, intervals that overlap are a mistake.
create function app.intervals_overlap(hours jsonb) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  with intervals as (
    select
      row_number() over () as place,
      coalesce(interval.weekday - 1, 0) * 1440 + extract(epoch from interval.opens) / 60 as first,
      case when interval.closes > interval.opens then 0 else 1440 end
        + coalesce(interval.weekday - 1, 0) * 1440 + extract(epoch from interval.closes) / 60 as last
    from jsonb_to_recordset(intervals_overlap.hours) as interval (weekday integer, opens time, closes time)
  )
  select exists (
    select from intervals as a join intervals as b on a.place <> b.place
    -- The night from Sunday to Monday goes into the week's beginning.
    where (a.first < b.last and b.first < a.last) or (a.first < b.last - 10080)
  )
$$;

create function app.check_hours(hours jsonb) returns void
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if jsonb_typeof(hours) is distinct from 'array' or jsonb_array_length(hours) > 100 or app.intervals_overlap(hours) then
    perform app.refuse(422, 'invalid_input', '{"argument": "hours"}');
  end if;
exception when data_exception then
  perform app.refuse(422, 'invalid_input', '{"argument": "hours"}');
end $$;

-- security definer: the whole week is written at once, so that nobody reads half of it.
create function public.set_business_hours(site_id uuid, hours jsonb) returns setof public.business_hours
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(set_business_hours.site_id);
begin
  perform app.check_hours(set_business_hours.hours);
  perform from public.sites as s where s.id = site.id for no key update;
  delete from public.business_hours as b where b.site_id = site.id and not exists (
    select from jsonb_to_recordset(set_business_hours.hours) as h (weekday integer, opens time, closes time)
    where (h.weekday, h.opens, h.closes) = (b.weekday, b.opens, b.closes)
  );
  insert into public.business_hours (site_id, organization_id, weekday, opens, closes)
  select site.id, site.organization_id, h.weekday, h.opens, h.closes
  from jsonb_to_recordset(set_business_hours.hours) as h (weekday integer, opens time, closes time)
  on conflict do nothing;
  return query select b.* from public.business_hours as b where b.site_id = site.id order by b.weekday, b.opens;
exception when not_null_violation or check_violation then
  perform app.refuse(422, 'invalid_input', '{"argument": "hours"}');
end $$;
comment on function public.set_business_hours is
  'The weekly hours of a site, all at once: [{"weekday": 1, "opens": "09:00", "closes": "18:00"}]; an empty list means always open.';

-- security definer: for the same reason.
create function public.set_special_day(site_id uuid, day date, hours jsonb, name text default null)
returns setof public.business_hours_exceptions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(set_special_day.site_id);
  called text := nullif(btrim(set_special_day.name), '');
begin
  perform app.check_hours(set_special_day.hours);
  perform from public.sites as s where s.id = site.id for no key update;
  delete from public.business_hours_exceptions as e where e.site_id = site.id and e.day = set_special_day.day;
  insert into public.business_hours_exceptions (site_id, organization_id, day, opens, closes, name)
  select site.id, site.organization_id, set_special_day.day, h.opens, h.closes, called
  from jsonb_to_recordset(set_special_day.hours) as h (opens time, closes time);
  if not found then
    insert into public.business_hours_exceptions (site_id, organization_id, day, name)
    values (site.id, site.organization_id, set_special_day.day, called);
  end if;
  return query select e.* from public.business_hours_exceptions as e
  where e.site_id = site.id and e.day = set_special_day.day order by e.opens;
exception when not_null_violation or check_violation or unique_violation then
  perform app.refuse(422, 'invalid_input');
end $$;
comment on function public.set_special_day is
  'A date with hours of its own: [{"opens": "10:00", "closes": "14:00"}]; an empty list is a day off.';

-- security definer: for the same reason.
create function public.clear_special_day(site_id uuid, day date) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(clear_special_day.site_id);
begin
  delete from public.business_hours_exceptions as e where e.site_id = site.id and e.day = clear_special_day.day;
end $$;
comment on function public.clear_special_day is 'The weekly hours count again on this date.';

grant execute on function
  public.set_business_hours, public.set_special_day, public.clear_special_day
to authenticated;
