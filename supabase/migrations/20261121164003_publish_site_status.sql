alter table public.widget_settings add column show_agents boolean not null default false;
comment on column public.widget_settings.show_agents is
  'Whether visitors see names, pictures and presence of the operators who are there.';
grant update (show_agents) on public.widget_settings to authenticated;

create table private.site_statuses (
  site_id uuid primary key references public.sites (id) on delete cascade,
  status jsonb not null,
  agents jsonb not null,
  changes_at timestamptz,
  updated_at timestamptz not null default now()
);
comment on table private.site_statuses is 'What open widgets have heard of a site, so that only a change is told.';
comment on column private.site_statuses.changes_at is 'When the hours open or close the site next, or when to look again.';
create index on private.site_statuses (changes_at);
alter table private.site_statuses enable row level security;

create function app.reply_time(site_id uuid) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  enough constant integer := 5;
  answers bigint[] := (
    select app.sum_by_place(array_agg(d.first_response_histogram), 18) from public.daily_stats as d
    where d.site_id = reply_time.site_id and d.operator_id is null and d.day >= current_date - 14
  );
  total numeric := (select sum(n) from unnest(answers) as n);
  median integer;
begin
  if coalesce(total, 0) < enough then
    return null;
  end if;
  select min(place) into median from (
    select place, sum(n) over (order by place) as so_far from unnest(answers) with ordinality as a (n, place)
  ) as counted where so_far * 2 >= total;
  -- The first bucket lies below the first bound.
  return case
    when median > 17 or (app.duration_bounds())[median] > 28800 then 'day'
    when (app.duration_bounds())[median] > 1800 then 'hours'
    else 'minutes' end;
end $$;
comment on function app.reply_time is
  'How soon a person first answers, by the median of two weeks: minutes (half an hour at most), hours (eight at most) or day; null while too few answers are known.';

create function app.site_status(site_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  hours record;
begin
  select * into hours from app.business_status(site_status.site_id);
  return jsonb_build_object(
    'open', hours.open,
    'online', exists (select from app.site_team(site_status.site_id) as t where t.presence = 'online'),
    'reopens_at', hours.reopens_at,
    'reply_time', app.reply_time(site_status.site_id)
  );
end $$;
comment on function app.site_status is 'SiteStatus of packages/contracts, as it is now.';

create function app.site_agents(site_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object('name', t.name, 'avatar_url', t.avatar_url, 'presence', t.presence) order by t.presence, t.name, t.user_id
    ), '[]')
    from (
      select * from app.site_team(site_agents.site_id) as everybody
      where (select s.show_agents from public.widget_settings as s where s.site_id = site_agents.site_id)
      order by everybody.presence, everybody.name, everybody.user_id limit 4
    ) as t
  );
end $$;
comment on function app.site_agents is 'SiteAgent[] of packages/contracts: four at most, none unless the site shows its agents.';

-- security definer: publish-site asks as the service, which may not see who sits at a console.
create or replace function app.public_site(site_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'site_id', sites.id,
    'name', sites.name,
    'settings', to_jsonb(settings) - array['site_id', 'organization_id', 'updated_at'],
    'status', app.site_status(sites.id),
    'agents', app.site_agents(sites.id),
    'teasers', app.site_teasers(sites.id),
    'updated_at', greatest(sites.updated_at, settings.updated_at, told.updated_at)
  )
  from public.sites
  join public.widget_settings as settings on settings.site_id = sites.id
  left join private.site_statuses as told on told.site_id = sites.id
  where sites.id = public_site.site_id and sites.archived_at is null
$$;

-- Settings files of older sites know no status yet: the first look writes them.
insert into private.site_statuses (site_id, status, agents, changes_at)
select s.id, '{}', '[]', now() from public.sites as s;

-- security definer: a site is made by whoever may, its status is the product's.
create function app.track_site_status() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.site_statuses (site_id, status, agents) values (new.id, app.site_status(new.id), '[]');
  return null;
end $$;
comment on function app.track_site_status is 'Every site has a status from its first moment.';

create trigger track_site_status after insert on public.sites
for each row execute function app.track_site_status();

-- security definer: called by triggers and functions of every role, writes to Realtime.
create function app.refresh_site_status(site_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  told private.site_statuses;
  now_is jsonb;
  now_are jsonb;
  news jsonb;
begin
  -- Two changes at once take turns: the second sees what the first did.
  select * into told from private.site_statuses as s where s.site_id = refresh_site_status.site_id for update;
  if told.site_id is null then
    return false;
  end if;
  now_is := app.site_status(told.site_id);
  now_are := app.site_agents(told.site_id);
  update private.site_statuses as s set
    status = now_is, agents = now_are,
    -- Where no change is in sight it is looked again: special days may lie further ahead than a look goes.
    changes_at = coalesce((select b.changes_at from app.business_status(told.site_id) as b), now() + interval '300 days'),
    updated_at = case when (told.status, told.agents) is distinct from (now_is, now_are) then now() else s.updated_at end
  where s.site_id = told.site_id;
  if (told.status, told.agents) is not distinct from (now_is, now_are) then
    return false;
  end if;
  news := app.public_site(told.site_id);
  if news is not null then
    perform realtime.send(news, 'business_status_changed', 'site:' || told.site_id, true);
    perform app.request_site_publication(told.site_id);
  end if;
  return true;
end $$;
comment on function app.refresh_site_status is
  'Looks whether a site opened, closed, or somebody came or left; tells open widgets and the settings file only if so.';
