create type public.notification_kind as enum (
  'new_conversation', 'new_message', 'mention', 'assigned', 'missed_chat', 'reply_due', 'rating', 'rule', 'member_joined',
  'webhook_failing', 'export_ready', 'weekly_report'
);

create table public.notifications (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  user_id uuid not null,
  kind public.notification_kind not null,
  site_id uuid,
  conversation_id uuid,
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object' and pg_column_size(payload) <= 8192),
  dedupe_key text check (char_length(dedupe_key) between 1 and 200),
  created_at timestamptz not null default now(),
  read_at timestamptz,
  unique (user_id, dedupe_key),
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade,
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade,
  check ((conversation_id is null) or (site_id is not null))
);
comment on table public.notifications is 'What a member should notice; only the recipient sees it.';
comment on column public.notifications.dedupe_key is 'The same event notifies the same person once.';
create index on public.notifications (user_id, created_at desc, id desc);
create index notifications_unread on public.notifications (user_id, organization_id) where read_at is null;
create index on public.notifications (organization_id, user_id);
create index on public.notifications (conversation_id, organization_id, site_id);
create index on public.notifications (created_at);

alter table public.notifications enable row level security;
grant select, delete on public.notifications to authenticated;

create policy "members read what is for them" on public.notifications
for select to authenticated
using (
  user_id = (select auth.uid())
  and organization_id = any (array(select app.my_organization_ids()))
  and (site_id is null or site_id = any (array(select app.my_site_ids())))
);

create policy "members delete what is for them" on public.notifications
for delete to authenticated
using (user_id = (select auth.uid()) and organization_id = any (array(select app.my_organization_ids())));

-- security definer: triggers and functions of every role notify; nobody else writes here.
create function app.notify_member(
  organization_id uuid, user_id uuid, kind public.notification_kind, dedupe_key text,
  conversation_id uuid default null, payload jsonb default '{}'
) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  notification_id uuid;
begin
  insert into public.notifications (organization_id, user_id, kind, dedupe_key, site_id, conversation_id, payload)
  select m.organization_id, m.user_id, notify_member.kind, notify_member.dedupe_key, c.site_id, c.id, notify_member.payload
  from public.memberships as m
  left join public.conversations as c
    on c.id = notify_member.conversation_id and c.organization_id = m.organization_id
  where m.organization_id = notify_member.organization_id and m.user_id = notify_member.user_id
    and m.deactivated_at is null
  on conflict on constraint notifications_user_id_dedupe_key_key do nothing
  returning notifications.id into notification_id;
  return notification_id;
end $$;
comment on function app.notify_member is
  'Notifies an active member once per dedupe key; returns the new row''s id, null when nothing was to be done.';

-- security definer: as notify_member; only the caller's own rows are marked.
create function public.mark_notifications_read(notification_ids uuid[] default null) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  marked integer;
begin
  update public.notifications as n set read_at = now()
  where n.user_id = (select auth.uid()) and n.read_at is null
    and (mark_notifications_read.notification_ids is null or n.id = any (mark_notifications_read.notification_ids));
  get diagnostics marked = row_count;
  return marked;
end $$;
comment on function public.mark_notifications_read is 'Marks these, or all, of the caller''s notifications as read; returns how many were not.';
grant execute on function public.mark_notifications_read to authenticated;
