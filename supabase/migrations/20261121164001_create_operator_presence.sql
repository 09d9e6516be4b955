create type public.operator_presence as enum ('online', 'busy', 'away', 'offline');

create table private.operator_presence (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  chosen public.operator_presence not null default 'online' check (chosen <> 'offline'),
  seen_at timestamptz not null default now(),
  active_at timestamptz not null default now(),
  announced public.operator_presence not null default 'offline'
);
comment on table private.operator_presence is
  'Who sits at a console: reported by it every minute, so that a closed laptop is offline by itself.';
comment on column private.operator_presence.chosen is 'What the operator chose; online lets inactivity decide.';
comment on column private.operator_presence.active_at is 'When the operator last did something in any of their tabs.';
comment on column private.operator_presence.announced is 'What their sites have heard; differs from the truth until somebody looks.';
create index operator_presence_announced on private.operator_presence (announced) where announced <> 'offline';
alter table private.operator_presence enable row level security;

create function app.presence_of(reported private.operator_presence) returns public.operator_presence
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return case
    -- Two reports were missed.
    when reported.seen_at is null or reported.seen_at < now() - interval '130 seconds' then 'offline'
    when reported.chosen <> 'online' then reported.chosen
    when reported.active_at < now() - interval '10 minutes' then 'away'
    else 'online' end;
end $$;
comment on function app.presence_of is 'What a report means now: offline when it is old, away after ten idle minutes, else the choice.';

create function app.site_team(site_id uuid)
returns table (user_id uuid, name text, avatar_url text, presence public.operator_presence)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    select p.id, p.display_name, p.avatar_url, app.presence_of(r)
    from private.site_access as theirs
    join private.operator_presence as r on r.user_id = theirs.user_id
    join public.profiles as p on p.id = theirs.user_id
    -- The organisation leads to the rows by index: a site alone does not.
    where theirs.organization_id = (select s.organization_id from public.sites as s where s.id = site_team.site_id)
      and theirs.site_id = site_team.site_id and app.presence_of(r) <> 'offline';
end $$;
comment on function app.site_team is 'Who answers on a site and sits at a console.';

create function app.sites_of_operator(user_id uuid) returns setof uuid
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    select theirs.site_id from private.site_access as theirs
    join public.sites as s on s.id = theirs.site_id and s.archived_at is null
    where theirs.user_id = sites_of_operator.user_id
    -- Two operators who come at once lock the sites' rows in one order.
    order by theirs.site_id;
end $$;
comment on function app.sites_of_operator is 'The sites on which a member answers, in the order of their ids.';
