-- security definer: who is there and who had a turn is private.
create function public.preview_routing(site_id uuid, online_only boolean default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  site public.sites;
begin
  select * into site from public.sites as s
  where s.id = preview_routing.site_id and s.id = any (array(select app.my_site_ids()));
  if site.id is null then
    perform app.refuse(404, 'site_not_found');
  end if;
  return jsonb_build_object(
    'people', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'user_id', c.user_id, 'name', p.display_name, 'avatar_url', p.avatar_url, 'presence', c.presence,
        'open', c.open_count, 'capacity', c.capacity, 'able', c.able
      ) order by c.ordinality), '[]')
      from app.routing_candidates(site.id, coalesce(online_only, site.routing_online_only)) with ordinality as c
      join public.profiles as p on p.id = c.user_id
    ),
    'waiting', (
      select count(*) from (
        select from public.conversations as c
        where c.organization_id = site.organization_id and c.site_id = site.id and c.queued_at is not null limit 100
      ) as capped
    )
  );
end $$;
comment on function public.preview_routing is
  'RoutingPreview: who answers on a site in the order of their turns, who could be given a conversation now (the first of them is next), and how many wait (100 at most).';
grant execute on function public.preview_routing to authenticated;

-- security definer: called by the schedule.
create function app.route_all_waiting() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization uuid;
  given integer := 0;
begin
  for organization in
    select distinct c.organization_id from public.conversations as c where c.queued_at is not null order by 1
  loop
    given := given + app.route_waiting(organization);
  end loop;
  return given;
end $$;
comment on function app.route_all_waiting is
  'Each minute: gives away what still waits, because a row was busy at the time, or a new colleague came; returns how many.';
