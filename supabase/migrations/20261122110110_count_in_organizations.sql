drop function public.count_inbox;

-- security definer: as list_inbox.
create function public.count_inbox(site_id uuid default null, organization_id uuid default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  -- Nobody reads whether it is 300 or 3,000.
  most constant integer := 100;
  sites constant uuid[] := array(
    select my_site.id from app.my_sites_in(count_inbox.organization_id) as my_site (id)
    where count_inbox.site_id is null or my_site.id = count_inbox.site_id
  );
  me constant uuid := auth.uid();
begin
  if cardinality(sites) = 0 then
    return null;
  end if;
  return jsonb_build_object(
    'open', (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c where c.site_id = my_site.id and c.status = 'open' limit most
      ) as one limit most
    ) as capped),
    'mine', (select count(*) from (
      select from public.conversations as c
      where c.assignee_id = me and c.status = 'open' and c.site_id = any (sites) limit most
    ) as capped),
    'unassigned', (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c
        where c.site_id = my_site.id and c.status = 'open' and c.assignee_id is null limit most
      ) as one limit most
    ) as capped),
    'waiting', (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c
        where c.site_id = my_site.id and c.status = 'open' and c.waiting_since is not null limit most
      ) as one limit most
    ) as capped),
    'snoozed', (select count(*) from (
      select from unnest(sites) as my_site (id)
      cross join lateral (
        select from public.conversations as c where c.site_id = my_site.id and c.status = 'snoozed' limit most
      ) as one limit most
    ) as capped)
  );
end $$;
comment on function public.count_inbox is
  'InboxCounts: how many conversations each view of the inbox holds, 100 at most; null when the caller answers on no such site. security definer: row-level security would keep the status out of the index.';

drop function public.search_inbox;

-- security definer: under row-level security the index could not be used.
create function public.search_inbox(
  question text, site_id uuid default null, before timestamptz default null, before_id uuid default null,
  max_rows integer default 20, organization_id uuid default null
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  most constant integer := least(greatest(coalesce(max_rows, 20), 1), 50);
  answer jsonb;
begin
  if char_length(coalesce(question, '')) > 200 then
    perform app.refuse(422, 'invalid_input', '{"argument": "question"}');
  end if;
  with found as (
    select entry.*
    from unnest(array(select app.my_sites_in(search_inbox.organization_id))) as my_site (id)
    cross join lateral app.search_site(
      my_site.id, search_inbox.question, search_inbox.before,
      coalesce(search_inbox.before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), most + 1
    ) as entry
    where search_inbox.site_id is null or my_site.id = search_inbox.site_id
    order by entry.happened_at desc, entry.id desc
    limit most + 1
  ), page as (
    select * from found order by happened_at desc, id desc limit most
  )
  select jsonb_build_object(
    'results', coalesce(jsonb_agg(
      case when m.id is not null then jsonb_build_object(
        'kind', 'message', 'id', m.id, 'conversation_id', m.conversation_id, 'site_id', m.site_id, 'seq', m.seq,
        'author_kind', m.author_kind, 'author_name', m.author_name, 'visibility', m.visibility,
        'visitor_name', of_message.name, 'happened_at', page.happened_at,
        'snippet', app.search_snippet(m.body, search_inbox.question)
      ) else jsonb_build_object(
        'kind', 'visitor', 'id', v.id, 'site_id', v.site_id, 'name', v.name, 'email', v.email,
        'external_id', v.external_id, 'verified', v.verified, 'happened_at', page.happened_at,
        'conversation_id', (
          select c.id from public.conversations as c where c.visitor_id = v.id order by c.created_at desc limit 1
        )
      ) end
      order by page.happened_at desc, page.id desc
    ), '[]'),
    'has_more', (select count(*) > most from found)
  ) into answer
  from page
  left join public.messages as m on m.id = page.id
  left join public.conversations as c on c.id = m.conversation_id
  left join public.visitors as of_message on of_message.id = c.visitor_id
  left join public.visitors as v on v.id = page.id;
  return answer;
end $$;
comment on function public.search_inbox is
  'SearchPage: messages and visitors of the caller''s sites that hold all words of the question (beginnings, other endings, small typos), newest first. security definer: under row-level security the index could not be used.';

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

grant execute on function public.count_inbox, public.search_inbox, public.count_unread to authenticated;
