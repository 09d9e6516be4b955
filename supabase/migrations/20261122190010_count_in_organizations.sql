drop function public.count_inbox;

-- security definer: as list_inbox.
create function public.count_inbox(site_id uuid default null, organization_id uuid default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  -- Nobody reads whether it is 300 or 3,000.
  most constant integer := 100;
  mine constant uuid[] := array(select app.my_sites_in(count_inbox.organization_id));
  sites constant uuid[] := array(
    select id from unnest(mine) as id where count_inbox.site_id is null or id = count_inbox.site_id
  );
  -- Of one site: without what another team has, and with what its team got from others.
  apart constant boolean := count_inbox.site_id is not null;
  me constant uuid := auth.uid();
  received record;
begin
  if cardinality(sites) = 0 then
    return null;
  end if;
  select count(*) filter (where c.status = 'open') as open,
    count(*) filter (where c.status = 'open' and c.assignee_id is null) as unassigned,
    count(*) filter (where c.status = 'open' and c.waiting_since is not null) as waiting,
    count(*) filter (where c.status = 'snoozed') as snoozed
  into received
  from public.conversations as c
  where apart and c.team_site_id = count_inbox.site_id and c.site_id = any (mine) and c.status <> 'closed';
  return jsonb_build_object(
    'open', least(most, received.open + (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c
        where c.site_id = my_site.id and c.status = 'open' and (not apart or c.team_site_id is null) limit most
      ) as one limit most
    ) as capped)),
    'mine', (select count(*) from (
      select from public.conversations as c
      where c.assignee_id = me and c.status = 'open' and c.site_id = any (mine)
        and (not apart or coalesce(c.team_site_id, c.site_id) = count_inbox.site_id) limit most
    ) as capped),
    'unassigned', least(most, received.unassigned + (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c
        where c.site_id = my_site.id and c.status = 'open' and c.assignee_id is null
          and (not apart or c.team_site_id is null) limit most
      ) as one limit most
    ) as capped)),
    'waiting', least(most, received.waiting + (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c
        where c.site_id = my_site.id and c.status = 'open' and c.waiting_since is not null
          and (not apart or c.team_site_id is null) limit most
      ) as one limit most
    ) as capped)),
    'snoozed', least(most, received.snoozed + (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c
        where c.site_id = my_site.id and c.status = 'snoozed' and (not apart or c.team_site_id is null) limit most
      ) as one limit most
    ) as capped)),
    'followed', (select count(*) from (
      select from public.conversation_followers as f
      join public.conversations as c on c.id = f.conversation_id
      where f.user_id = me and c.status = 'open' and c.site_id = any (mine)
        and (not apart or coalesce(c.team_site_id, c.site_id) = count_inbox.site_id) limit most
    ) as capped)
  );
end $$;
comment on function public.count_inbox is
  'InboxCounts: how many conversations each view of the inbox holds, 100 at most; null when the caller answers on no such site. security definer: row-level security would keep the status out of the index.';

-- security definer: as list_inbox.
create function public.count_unread() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  -- Nobody reads whether it is 120 or 300; and what is older than the newest hundred of a site is no news.
  most constant integer := 100;
begin
  return (
    select coalesce(jsonb_object_agg(counted.organization_id, counted.unread), '{}')
    from (
      select mine.organization_id, least(sum(site.unread), most)::integer as unread
      from private.site_access as mine
      cross join lateral (
        select count(*) as unread from (
          select c.id, c.visitor_message_count from public.conversations as c
          where c.site_id = mine.site_id and c.status = 'open'
          order by c.last_message_at desc, c.id desc limit most
        ) as newest
        left join public.conversation_reads as r on r.conversation_id = newest.id and r.reader_id = me
        where newest.visitor_message_count > coalesce(r.read_visitor_count, 0)
      ) as site
      where mine.user_id = me
      group by mine.organization_id
    ) as counted
  );
end $$;
comment on function public.count_unread is
  'How many open conversations the caller has not read, by organisation, 100 at most each: `{ "<organization_id>": 3 }`.';

grant execute on function public.count_inbox, public.count_unread to authenticated;
