alter table public.conversations
  add column priority public.conversation_priority not null default 'normal',
  add column snoozed_until timestamptz,
  add column close_reason public.close_reason,
  add column last_change_seq integer not null default 0 check (last_change_seq >= 0),
  add constraint conversations_snoozed_check check ((status = 'snoozed') = (snoozed_until is not null));
comment on column public.conversations.snoozed_until is 'When a snoozed conversation comes back by itself; null unless snoozed.';
comment on column public.conversations.last_change_seq is
  'Counts edits, redactions and reactions under the row''s lock, as last_seq counts messages.';
grant select (last_change_seq) on public.conversations to anon;
comment on column public.conversations.close_reason is 'Why it was closed, if somebody said so; null while open.';
create index on public.conversations (snoozed_until) where snoozed_until is not null;

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
  conversations.last_change_seq
from public.conversations
join public.visitors on visitors.id = conversations.visitor_id;

create function public.get_inbox_conversation(conversation_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select app.my_inbox_conversation(entry) from app.inbox_conversations as entry
  where entry.id = get_inbox_conversation.conversation_id
$$;
comment on function public.get_inbox_conversation is
  'MyInboxConversation of a conversation that no list has brought; null when it is not on the caller''s sites.';
grant execute on function public.get_inbox_conversation to authenticated;

create or replace function app.visitor_conversation(conversation public.conversations) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', conversation.id,
    -- Snoozing is the team's business.
    'status', case conversation.status when 'snoozed' then 'open' else conversation.status::text end,
    'created_at', conversation.created_at,
    'last_seq', conversation.last_seq, 'last_change_seq', conversation.last_change_seq,
    'visitor_read_seq', conversation.visitor_read_seq, 'team_read_seq', conversation.team_read_seq
  );
end $$;

-- The conversation, locked, if the caller answers on its site.
create function app.lock_my_conversation(conversation_id uuid) returns public.conversations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  select * into conversation from public.conversations as c
  where c.id = lock_my_conversation.conversation_id and c.site_id = any (array(select app.my_site_ids()))
  for no key update;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  return conversation;
end $$;
comment on function app.lock_my_conversation is
  'Locks a conversation of the calling operator or refuses. security definer: operators have no right to lock rows.';

create function app.works_on_site(user_id uuid, site_id uuid) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from public.memberships
    join public.sites on sites.organization_id = memberships.organization_id
    where memberships.user_id = works_on_site.user_id and sites.id = works_on_site.site_id
      and memberships.deactivated_at is null
      and (
        memberships.role <= 'admin'
        or exists (
          select from public.site_operators
          where site_operators.site_id = sites.id and site_operators.user_id = memberships.user_id
        )
      )
  )
$$;
comment on function app.works_on_site is
  'Whether a member answers on a site: what app.my_site_ids says of the caller. security definer: reads tables whose policies use it.';

-- security definer, all four: operators have no right to write conversations.
create function public.assign_conversation(conversation_id uuid, assignee_id uuid default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
begin
  if assignee_id is not null and not app.works_on_site(assignee_id, conversation.site_id) then
    perform app.refuse(422, 'assignee_not_on_site');
  end if;
  update public.conversations as c set assignee_id = assign_conversation.assignee_id
  where c.id = conversation.id and c.assignee_id is distinct from assign_conversation.assignee_id;
  return app.inbox_conversation(conversation.id);
end $$;
comment on function public.assign_conversation is
  'Gives a conversation to somebody who answers on its site, or to nobody (null); returns InboxConversation.';

create function public.set_conversation_priority(conversation_id uuid, priority public.conversation_priority) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
begin
  if priority is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "priority"}');
  end if;
  update public.conversations as c set priority = set_conversation_priority.priority
  where c.id = conversation.id and c.priority <> set_conversation_priority.priority;
  return app.inbox_conversation(conversation.id);
end $$;
comment on function public.set_conversation_priority is 'Sets how urgent a conversation is; returns InboxConversation.';

create function public.snooze_conversation(conversation_id uuid, until timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
begin
  if until is null or until <= now() or until > now() + interval '1 year' then
    perform app.refuse(422, 'invalid_input', '{"argument": "until"}');
  end if;
  update public.conversations as c set
    status = 'snoozed', snoozed_until = snooze_conversation.until, closed_at = null, close_reason = null
  where c.id = conversation.id;
  return app.inbox_conversation(conversation.id);
end $$;
comment on function public.snooze_conversation is
  'Puts a conversation away until a time within a year, or until the visitor writes; returns InboxConversation.';

drop function public.set_conversation_status;
create function public.set_conversation_status(
  conversation_id uuid, status public.conversation_status, reason public.close_reason default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
  closing constant boolean := set_conversation_status.status = 'closed';
begin
  if status is null or status = 'snoozed' or (reason is not null and not closing) then
    perform app.refuse(422, 'invalid_input', '{"argument": "status"}');
  end if;
  update public.conversations as c set
    status = set_conversation_status.status,
    snoozed_until = null,
    closed_at = case when closing then coalesce(c.closed_at, now()) end,
    close_reason = case when closing then coalesce(set_conversation_status.reason, c.close_reason) end,
    waiting_since = case when closing then null else c.waiting_since end
  where c.id = conversation.id;
  return app.inbox_conversation(conversation.id);
end $$;
comment on function public.set_conversation_status is
  'Closes (with a reason, if one was given) or reopens a conversation; returns InboxConversation.';

grant execute on function
  public.assign_conversation, public.set_conversation_priority, public.snooze_conversation, public.set_conversation_status
to authenticated;

-- security definer: called by the schedule.
create function app.wake_conversations(max_rows integer default 500) returns integer
language sql volatile security definer set search_path = ''
as $$
  with due as (
    select id from public.conversations where snoozed_until <= now()
    order by snoozed_until limit wake_conversations.max_rows for no key update skip locked
  ), woken as (
    update public.conversations as c set status = 'open', snoozed_until = null
    from due where c.id = due.id
    returning 1
  )
  select count(*)::integer from woken
$$;
comment on function app.wake_conversations is 'Reopens snoozed conversations whose time has come; returns how many.';

create or replace function app.broadcast_conversation() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform realtime.send(app.inbox_conversation(new.id), 'conversation_changed', 'inbox:' || new.site_id, true);
  if (old.status = 'closed') <> (new.status = 'closed') and not app.visitor_blocked(new.visitor_id, new.site_id) then
    perform realtime.send(app.visitor_conversation(new), 'conversation_updated', 'conversation:' || new.id, true);
  end if;
  return null;
end $$;

drop trigger broadcast_conversation on public.conversations;
-- Read positions have an event of their own, so they do not wake the list.
create trigger broadcast_conversation after update on public.conversations
for each row when (
  (old.last_seq, old.last_change_seq, old.status, old.assignee_id, old.priority, old.snoozed_until)
    is distinct from (new.last_seq, new.last_change_seq, new.status, new.assignee_id, new.priority, new.snoozed_until)
  or (
    old.changed_xid <> new.changed_xid
    and (old.visitor_read_seq, old.team_read_seq) is not distinct from (new.visitor_read_seq, new.team_read_seq)
  )
)
execute function app.broadcast_conversation();
