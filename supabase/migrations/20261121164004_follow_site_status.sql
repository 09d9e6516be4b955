-- security definer, all of them: whoever changes hours, people or numbers makes the product look at the status.
create function app.follow_site_status() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed jsonb := to_jsonb(case tg_op when 'DELETE' then old else new end);
begin
  perform app.refresh_site_status((changed ->> case tg_table_name when 'sites' then 'id' else 'site_id' end)::uuid);
  return null;
end $$;
comment on function app.follow_site_status is 'Looks at the status of the site that a row belongs to.';

-- At the end of the transaction: a week is written row by row, and half of it is no status.
create constraint trigger follow_site_status after insert or update or delete on public.business_hours
deferrable initially deferred for each row execute function app.follow_site_status();
create constraint trigger follow_site_status after insert or update or delete on public.business_hours_exceptions
deferrable initially deferred for each row execute function app.follow_site_status();
create constraint trigger follow_site_status after update of time_zone, archived_at on public.sites
deferrable initially deferred for each row execute function app.follow_site_status();
create constraint trigger follow_site_status after update of show_agents on public.widget_settings
deferrable initially deferred for each row execute function app.follow_site_status();
create constraint trigger follow_site_status after insert on public.daily_stats
deferrable initially deferred for each row when (new.operator_id is null and new.first_response_count > 0)
execute function app.follow_site_status();

create function app.follow_operator() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed jsonb := to_jsonb(case tg_op when 'DELETE' then old else new end);
  organization uuid := (changed ->> 'organization_id')::uuid;
  person uuid := (changed ->> case tg_table_name when 'profiles' then 'id' else 'user_id' end)::uuid;
begin
  if not exists (select from private.operator_presence as r where r.user_id = person and r.announced <> 'offline') then
    return null;
  end if;
  perform app.refresh_site_status(s.id) from (
    select sites.id from public.sites
    where sites.organization_id = organization
      or (organization is null and sites.id in (select app.sites_of_operator(person)))
    order by sites.id
  ) as s;
  return null;
end $$;
comment on function app.follow_operator is 'Somebody who sits at a console got or lost sites, or another name or picture.';

create constraint trigger follow_operator after insert or delete on public.memberships
deferrable initially deferred for each row execute function app.follow_operator();
create constraint trigger follow_operator_change after update of role, deactivated_at on public.memberships
deferrable initially deferred for each row execute function app.follow_operator();
create constraint trigger follow_operator after insert or delete on public.site_operators
deferrable initially deferred for each row execute function app.follow_operator();
create constraint trigger follow_operator after update of display_name, avatar_url on public.profiles
deferrable initially deferred for each row execute function app.follow_operator();

create function app.announce_presence(user_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  moved boolean;
begin
  update private.operator_presence as r set announced = app.presence_of(r)
  where r.user_id = announce_presence.user_id and r.announced <> app.presence_of(r)
  returning true into moved;
  if moved then
    perform app.refresh_site_status(site_id) from app.sites_of_operator(announce_presence.user_id) as site_id;
  end if;
end $$;
comment on function app.announce_presence is 'Tells the sites of an operator that they came, left or have no time, once per change.';

create function public.report_presence(idle_seconds integer default 0, chosen public.operator_presence default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  idle interval;
  reported private.operator_presence;
begin
  if me is null then
    perform app.refuse(403, 'forbidden');
  end if;
  if idle_seconds is null or idle_seconds not between 0 and 86400 or report_presence.chosen = 'offline' then
    perform app.refuse(422, 'invalid_input');
  end if;
  -- To choose is to be there.
  idle := case when report_presence.chosen is null then make_interval(secs => idle_seconds) else '0' end;
  insert into private.operator_presence as r (user_id, chosen, active_at)
  values (me, coalesce(report_presence.chosen, 'online'), now() - idle)
  on conflict (user_id) do update set
    chosen = coalesce(report_presence.chosen, r.chosen), seen_at = now(), active_at = greatest(r.active_at, now() - idle)
  returning r.* into reported;
  perform app.announce_presence(me);
  return jsonb_build_object('chosen', reported.chosen, 'presence', app.presence_of(reported));
end $$;
comment on function public.report_presence is
  'OwnPresence: a console says each minute that its operator is there and since when idle, or what they chose (online, busy, away).';

create function public.team_presence(organization_id uuid) returns table (user_id uuid, presence public.operator_presence)
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select m.user_id, coalesce(app.presence_of(r), 'offline')
    from public.memberships as m left join private.operator_presence as r on r.user_id = m.user_id
    where m.organization_id = team_presence.organization_id and m.deactivated_at is null
      and m.organization_id = any (array(select app.my_organization_ids()))
    order by m.user_id;
end $$;
comment on function public.team_presence is 'Who of an organisation of the caller is online, busy, away or offline.';
grant execute on function public.report_presence, public.team_presence to authenticated;

create function app.refresh_due_statuses() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.announce_presence(gone.user_id) from (
    select r.user_id from private.operator_presence as r
    where r.announced <> 'offline' and r.announced <> app.presence_of(r) order by r.user_id
  ) as gone;
  return (
    select count(*) from (
      select s.site_id from private.site_statuses as s where s.changes_at <= now() order by s.site_id
    ) as due where app.refresh_site_status(due.site_id)
  );
end $$;
comment on function app.refresh_due_statuses is
  'Each minute: sites that open or close now, operators whose console fell silent. Touches no other site; returns how many changed.';
