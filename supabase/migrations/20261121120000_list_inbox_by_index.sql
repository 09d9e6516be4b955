-- Under row-level security the planner may not look up `status` in the index: comparing an enum is not leakproof. It
-- read every conversation of a site to find the open ones. `app.my_site_ids` says here what the policy says there.
create or replace function public.list_inbox(
  status public.conversation_status default 'open',
  site_id uuid default null,
  before timestamptz default null,
  before_id uuid default null,
  max_rows integer default 50
) returns jsonb
language sql stable security definer set search_path = ''
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
  'InboxPage: conversations of the caller''s sites, newest first, and the cursor of this very snapshot. security definer: row-level security would keep the status out of the index.';
