-- security definer: as list_inbox.
create function public.count_lists(organization_id uuid default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  -- As count_inbox.
  most constant integer := 100;
  mine constant uuid[] := array(select app.my_sites_in(count_lists.organization_id));
begin
  if cardinality(mine) = 0 then
    return null;
  end if;
  return jsonb_build_object(
    'sites', (
      select coalesce(jsonb_object_agg(my_site.id, least(most, own.many + received.many)), '{}')
      from unnest(mine) as my_site (id)
      cross join lateral (
        select count(*) as many from (
          select from public.conversations as c
          where c.site_id = my_site.id and c.status = 'open' and c.team_site_id is null limit most
        ) as capped
      ) as own
      cross join lateral (
        select count(*) as many from (
          select from public.conversations as c
          where c.team_site_id = my_site.id and c.status = 'open' and c.site_id = any (mine) limit most
        ) as capped
      ) as received
    ),
    'labels', (
      select coalesce(jsonb_object_agg(l.id, counted.many) filter (where counted.many > 0), '{}')
      from public.labels as l
      cross join lateral (
        select count(*) as many from (
          select from public.conversation_labels as one
          join public.conversations as c on c.id = one.conversation_id
          where one.label_id = l.id and c.status = 'open' and c.site_id = any (mine) limit most
        ) as capped
      ) as counted
      where l.organization_id in (select s.organization_id from public.sites as s where s.id = any (mine))
    )
  );
end $$;
comment on function public.count_lists is
  'ListCounts: how many open conversations each site and each label holds, 100 at most; null when the caller answers on no such site. security definer: row-level security would keep the status out of the index.';
grant execute on function public.count_lists to authenticated;
