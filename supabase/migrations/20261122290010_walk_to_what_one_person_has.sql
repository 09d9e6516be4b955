-- What one person has was looked up by their index and by that of the site together: a bitmap of everything open there.
-- security definer: row-level security would keep the status out of the index.
create or replace function public.list_inbox(
  status public.conversation_status default 'open',
  site_id uuid default null,
  assignee_id uuid default null,
  unassigned boolean default false,
  label_id uuid default null,
  longest_waiting boolean default false,
  followed boolean default false,
  before timestamptz default null,
  before_id uuid default null,
  max_rows integer default 50,
  organization_id uuid default null
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
      from unnest(array(select app.my_sites_in(list_inbox.organization_id))) as my_site (id)
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
        -- "is true" keeps the index of the site out, which would read whatever is open there.
        and (conversations.site_id = any (array(select app.my_sites_in(list_inbox.organization_id)))) is true
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
        and conversations.site_id = any (array(select app.my_sites_in(list_inbox.organization_id)))
        and list_inbox.site_id = any (array(select app.my_sites_in(list_inbox.organization_id)))
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
        and conversations.site_id = any (array(select app.my_sites_in(list_inbox.organization_id)))
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
        and conversations.site_id = any (array(select app.my_sites_in(list_inbox.organization_id)))
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
