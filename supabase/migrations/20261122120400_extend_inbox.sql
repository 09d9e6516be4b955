-- What the list shows besides: whose team has it, until when it should be answered, who follows it, since when it waits
-- for somebody to be given to.
create or replace view app.inbox_conversations with (security_invoker = true) as
select
  conversations.id,
  conversations.organization_id,
  conversations.site_id,
  conversations.visitor_id,
  visitors.name as visitor_name,
  visitors.email as visitor_email,
  visitors.verified as visitor_verified,
  conversations.status,
  conversations.assignee_id,
  conversations.last_seq,
  conversations.last_message_at,
  conversations.last_message_preview,
  conversations.last_author_kind,
  conversations.waiting_since,
  conversations.visitor_message_count,
  conversations.visitor_read_seq,
  conversations.team_read_seq,
  conversations.created_at,
  conversations.updated_at,
  array(
    select conversation_labels.label_id from public.conversation_labels
    where conversation_labels.conversation_id = conversations.id
    order by conversation_labels.label_id
  ) as label_ids,
  conversations.priority,
  conversations.snoozed_until,
  conversations.close_reason,
  conversations.last_change_seq,
  conversations.team_site_id,
  conversations.reply_warn_at,
  conversations.reply_due_at,
  conversations.queued_at,
  array(
    select conversation_followers.user_id from public.conversation_followers
    where conversation_followers.conversation_id = conversations.id
    order by conversation_followers.created_at, conversation_followers.user_id
  ) as follower_ids
from public.conversations
join public.visitors on visitors.id = conversations.visitor_id;

drop function public.list_inbox;

-- security definer: under row-level security the planner may not look up `status` in the index, because comparing an enum
-- is not leakproof; app.my_site_ids says here what the policy says there.
-- In PL/pgSQL and with one plan for all: in SQL the whole query was planned at each call, which read up to 40 blocks. The
-- plan is good for every page, because where a page begins is always a condition of the index.
create function public.list_inbox(
  status public.conversation_status default 'open',
  site_id uuid default null,
  assignee_id uuid default null,
  unassigned boolean default false,
  label_id uuid default null,
  longest_waiting boolean default false,
  followed boolean default false,
  before timestamptz default null,
  before_id uuid default null,
  max_rows integer default 50
) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    with asked as (
      select
        least(greatest(coalesce(list_inbox.max_rows, 50), 1), 200) as max_rows,
        coalesce(list_inbox.before_id, case when longest_waiting then '00000000-0000-0000-0000-000000000000'::uuid
          else 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid end) as before_id
    ),
    -- One short index walk per site: no sort grows with the tenant.
    newest as (
      select page.id, page.last_message_at
      from unnest(array(select app.my_site_ids())) as my_site (id)
      cross join lateral (
        select conversations.id, conversations.last_message_at
        from public.conversations
        where conversations.site_id = my_site.id
          and (list_inbox.site_id is null or my_site.id = list_inbox.site_id)
          -- What another team has now stands in the lists of that team.
          and (list_inbox.site_id is null or conversations.team_site_id is null)
          and conversations.status = coalesce(list_inbox.status, 'open')
          and (not coalesce(list_inbox.unassigned, false) or conversations.assignee_id is null)
          and (
            list_inbox.label_id is null
            or exists (
              select from public.conversation_labels as l
              where l.conversation_id = conversations.id and l.label_id = list_inbox.label_id
            )
          )
          and (conversations.last_message_at, conversations.id)
            < (coalesce(list_inbox.before, 'infinity'), (select asked.before_id from asked))
        order by conversations.last_message_at desc, conversations.id desc
        limit (select asked.max_rows + 1 from asked)
      ) as page
      where list_inbox.assignee_id is null and not coalesce(list_inbox.longest_waiting, false)
        and not coalesce(list_inbox.followed, false)
    ),
    -- What one person has is few beside what is open: an index walk of its own, over all sites.
    assigned as (
      select conversations.id,
        row_number() over (order by conversations.last_message_at desc, conversations.id desc) as place
      from public.conversations
      where list_inbox.assignee_id is not null
        and not coalesce(list_inbox.longest_waiting, false)
        and not coalesce(list_inbox.followed, false)
        and not coalesce(list_inbox.unassigned, false)
        and conversations.assignee_id = list_inbox.assignee_id
        and conversations.status = coalesce(list_inbox.status, 'open')
        and conversations.site_id = any (array(select app.my_site_ids()))
        and (list_inbox.site_id is null or coalesce(conversations.team_site_id, conversations.site_id) = list_inbox.site_id)
        and (
          list_inbox.label_id is null
          or exists (
            select from public.conversation_labels as l
            where l.conversation_id = conversations.id and l.label_id = list_inbox.label_id
          )
        )
        and (conversations.last_message_at, conversations.id)
          < (coalesce(list_inbox.before, 'infinity'), (select asked.before_id from asked))
      order by conversations.last_message_at desc, conversations.id desc
      limit (select asked.max_rows + 1 from asked)
    ),
    -- Given to the team of this site by another one: few, and ordered by an index of their own.
    received as (
      select conversations.id, conversations.last_message_at
      from public.conversations
      where list_inbox.site_id is not null and list_inbox.assignee_id is null
        and not coalesce(list_inbox.longest_waiting, false)
        and not coalesce(list_inbox.followed, false)
        and conversations.team_site_id = list_inbox.site_id
        and conversations.site_id = any (array(select app.my_site_ids()))
        and list_inbox.site_id = any (array(select app.my_site_ids()))
        and conversations.status = coalesce(list_inbox.status, 'open')
        and (not coalesce(list_inbox.unassigned, false) or conversations.assignee_id is null)
        and (
          list_inbox.label_id is null
          or exists (
            select from public.conversation_labels as l
            where l.conversation_id = conversations.id and l.label_id = list_inbox.label_id
          )
        )
        and (conversations.last_message_at, conversations.id)
          < (coalesce(list_inbox.before, 'infinity'), (select asked.before_id from asked))
      order by conversations.last_message_at desc, conversations.id desc
      limit (select asked.max_rows + 1 from asked)
    ),
    -- What the caller follows is few as well.
    followed_ones as (
      select conversations.id,
        row_number() over (order by conversations.last_message_at desc, conversations.id desc) as place
      from public.conversation_followers as f
      join public.conversations on conversations.id = f.conversation_id
      where coalesce(list_inbox.followed, false) and f.user_id = (select auth.uid())
        and not coalesce(list_inbox.longest_waiting, false)
        and conversations.status = coalesce(list_inbox.status, 'open')
        and conversations.site_id = any (array(select app.my_site_ids()))
        and (list_inbox.site_id is null or coalesce(conversations.team_site_id, conversations.site_id) = list_inbox.site_id)
        and (
          list_inbox.label_id is null
          or exists (
            select from public.conversation_labels as l
            where l.conversation_id = conversations.id and l.label_id = list_inbox.label_id
          )
        )
        and (conversations.last_message_at, conversations.id)
          < (coalesce(list_inbox.before, 'infinity'), (select asked.before_id from asked))
      order by conversations.last_message_at desc, conversations.id desc
      limit (select asked.max_rows + 1 from asked)
    ),
    -- Only those that wait now: as many as a team has left unanswered, not as many as it has.
    waiting as (
      select conversations.id, row_number() over (order by conversations.waiting_since, conversations.id) as place
      from public.conversations
      where coalesce(list_inbox.longest_waiting, false)
        and conversations.site_id = any (array(select app.my_site_ids()))
        and (list_inbox.site_id is null or coalesce(conversations.team_site_id, conversations.site_id) = list_inbox.site_id)
        and conversations.status = coalesce(list_inbox.status, 'open')
        and conversations.waiting_since is not null
        and (list_inbox.assignee_id is null or conversations.assignee_id = list_inbox.assignee_id)
        and (not coalesce(list_inbox.unassigned, false) or conversations.assignee_id is null)
        and (
          list_inbox.label_id is null
          or exists (
            select from public.conversation_labels as l
            where l.conversation_id = conversations.id and l.label_id = list_inbox.label_id
          )
        )
        and (conversations.waiting_since, conversations.id)
          > (coalesce(list_inbox.before, '-infinity'), (select asked.before_id from asked))
      order by conversations.waiting_since, conversations.id
      limit (select asked.max_rows + 1 from asked)
    ),
    found as (
      select paged.id, row_number() over (order by paged.last_message_at desc, paged.id desc) as place
      from (select newest.id, newest.last_message_at from newest union all select received.id, received.last_message_at from received) as paged
      union all
      select followed_ones.id, followed_ones.place from followed_ones
      union all
      select assigned.id, assigned.place from assigned
      union all
      select waiting.id, waiting.place from waiting
    )
    select jsonb_build_object(
      'conversations', coalesce(
        jsonb_agg(app.my_inbox_conversation(entry) order by found.place) filter (where found.place <= asked.max_rows), '[]'
      ),
      'cursor', pg_snapshot_xmin(pg_current_snapshot())::text,
      'has_more', coalesce(max(found.place) > asked.max_rows, false)
    )
    from asked
    left join found on found.place <= asked.max_rows + 1
    left join app.inbox_conversations as entry on entry.id = found.id
    group by asked.max_rows
  );
end $$;
comment on function public.list_inbox is
  'InboxPage: conversations of the caller''s sites, newest first or longest waiting first, and the cursor of this very snapshot. The next page begins behind `before` (last_message_at, or waiting_since) and `before_id`. security definer: row-level security would keep the status out of the index.';
grant execute on function public.list_inbox to authenticated;

-- security definer: as list_inbox.
create or replace function public.count_inbox(site_id uuid default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  -- Nobody reads whether it is 300 or 3,000.
  most constant integer := 100;
  mine constant uuid[] := array(select app.my_site_ids());
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
