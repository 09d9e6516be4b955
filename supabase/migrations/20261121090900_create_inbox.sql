create view app.inbox_conversations with (security_invoker = true) as
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
  conversations.updated_at
from public.conversations
join public.visitors on visitors.id = conversations.visitor_id;
comment on view app.inbox_conversations is 'InboxConversation of packages/contracts: what the list shows and its event carries.';
grant select on app.inbox_conversations to authenticated;

create function app.inbox_conversation(conversation_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select to_jsonb(entry) from app.inbox_conversations as entry where entry.id = inbox_conversation.conversation_id
$$;

-- One row of the list for the operator who calls.
create function app.my_inbox_conversation(entry app.inbox_conversations) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select to_jsonb(entry) || jsonb_build_object(
    'my_last_read_seq', coalesce(max(mine.last_read_seq), 0),
    'my_read_visitor_count', coalesce(max(mine.read_visitor_count), 0)
  )
  from public.conversation_reads as mine
  where mine.conversation_id = entry.id and mine.reader_id = (select auth.uid())
$$;
grant execute on function app.my_inbox_conversation to authenticated;

create function public.list_inbox(
  status public.conversation_status default 'open',
  site_id uuid default null,
  before timestamptz default null,
  before_id uuid default null,
  max_rows integer default 50
) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  with asked as (
    select least(greatest(coalesce(list_inbox.max_rows, 50), 1), 200) as max_rows
  ),
  -- One short index walk per site: no sort grows with the tenant.
  found as (
    select page.id, page.last_message_at, row_number() over (order by page.last_message_at desc, page.id desc) as place
    from unnest(array(select app.my_site_ids())) as my_site (id)
    cross join lateral (
      select conversations.id, conversations.last_message_at
      from public.conversations
      where conversations.site_id = my_site.id
        and (list_inbox.site_id is null or my_site.id = list_inbox.site_id)
        and conversations.status = coalesce(list_inbox.status, 'open')
        and (
          list_inbox.before is null
          or (conversations.last_message_at, conversations.id)
            < (list_inbox.before, coalesce(list_inbox.before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        )
      order by conversations.last_message_at desc, conversations.id desc
      limit (select asked.max_rows + 1 from asked)
    ) as page
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
$$;
comment on function public.list_inbox is
  'InboxPage: conversations of the caller''s sites, newest first, and the cursor of this very snapshot.';

create function public.inbox_changes_since(cursor text) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  most constant integer := 500;
  now_at xid8 := pg_snapshot_xmin(pg_current_snapshot());
  since xid8;
  changed jsonb;
  reset boolean;
begin
  if cursor is null or cursor !~ '^[0-9]{1,19}$' then
    perform app.refuse(422, 'invalid_input', '{"argument": "cursor"}');
  end if;
  since := cursor::xid8;
  -- A cursor from the future belongs to another database (restored, moved).
  reset := since > pg_snapshot_xmax(pg_current_snapshot());
  if not reset then
    select coalesce(jsonb_agg(app.my_inbox_conversation(entry)), '[]'), count(*) > most into changed, reset
    from unnest(array(select app.my_site_ids())) as my_site (id)
    cross join lateral (
      select conversations.id from public.conversations
      where conversations.site_id = my_site.id and conversations.changed_xid >= since
      order by conversations.changed_xid
      limit most + 1
    ) as page
    join app.inbox_conversations as entry on entry.id = page.id;
  end if;
  return jsonb_build_object(
    'conversations', case when reset then '[]' else changed end, 'cursor', now_at::text, 'reset', reset
  );
end $$;
comment on function public.inbox_changes_since is
  'InboxChanges: every conversation whose newest change was undecided or later at the cursor; repeats are possible, misses are not.';

-- security definer: operators have no right to write conversations.
create function public.set_conversation_status(conversation_id uuid, status public.conversation_status) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed uuid;
begin
  update public.conversations as c set
    status = set_conversation_status.status,
    closed_at = case when set_conversation_status.status = 'closed' then coalesce(c.closed_at, now()) end,
    waiting_since = case when set_conversation_status.status = 'closed' then null else c.waiting_since end
  where c.id = set_conversation_status.conversation_id and c.site_id = any (array(select app.my_site_ids()))
  returning c.id into changed;
  if changed is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  return app.inbox_conversation(changed);
end $$;
comment on function public.set_conversation_status is 'Closes or reopens a conversation; returns InboxConversation.';

grant execute on function public.list_inbox, public.inbox_changes_since, public.set_conversation_status to authenticated;
