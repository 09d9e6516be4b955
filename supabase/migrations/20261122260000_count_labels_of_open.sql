-- Labels are counted from what is open: a label that thousands of closed conversations carry costs nothing.
-- security definer: as list_inbox.
create or replace function public.count_lists(organization_id uuid default null) returns jsonb
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
      select coalesce(jsonb_object_agg(counted.label_id, least(most, counted.many)), '{}')
      from (
        select carried.label_id, count(*) as many
        from public.conversations as c
        -- "offset 0" looks up the few labels of each, whatever the planner thinks of reading all of them.
        cross join lateral (
          select one.label_id from public.conversation_labels as one where one.conversation_id = c.id offset 0
        ) as carried
        where c.site_id = any (mine) and c.status = 'open'
        group by carried.label_id
      ) as counted
    )
  );
end $$;
