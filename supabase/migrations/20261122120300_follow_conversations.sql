create table public.conversation_followers (
  conversation_id uuid not null,
  user_id uuid not null,
  organization_id uuid not null,
  site_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (conversation_id, user_id),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade,
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table public.conversation_followers is 'Who hears of a conversation without having it.';
create index on public.conversation_followers (user_id, conversation_id);
create index on public.conversation_followers (site_id);
create index on public.conversation_followers (organization_id, user_id);

alter table public.conversation_followers enable row level security;
grant select on public.conversation_followers to authenticated;
create policy "operators read who follows on their sites" on public.conversation_followers
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer, all below: nobody but functions and triggers writes followers and conversations.
create function public.follow_conversation(conversation_id uuid, following boolean default true) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
begin
  if following is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "following"}');
  end if;
  if following then
    insert into public.conversation_followers (conversation_id, user_id, organization_id, site_id)
    values (conversation.id, app.my_user_id(), conversation.organization_id, conversation.site_id)
    on conflict on constraint conversation_followers_pkey do nothing;
  else
    delete from public.conversation_followers as f
    where f.conversation_id = conversation.id and f.user_id = app.my_user_id();
  end if;
  return app.inbox_conversation(conversation.id);
end $$;
comment on function public.follow_conversation is
  'The caller hears of every word of the visitor without having the conversation, or does not any more; returns InboxConversation.';
grant execute on function public.follow_conversation to authenticated;

create function app.mark_conversation_followed() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  entry public.conversation_followers := case tg_op when 'DELETE' then old else new end;
begin
  update public.conversations as c set changed_xid = pg_current_xact_id() where c.id = entry.conversation_id;
  return null;
end $$;
comment on function app.mark_conversation_followed is 'The list must hear of followers: they show there.';
create trigger mark_conversation_followed after insert or delete on public.conversation_followers
for each row execute function app.mark_conversation_followed();

create function app.follow_where_mentioned() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.conversation_followers (conversation_id, user_id, organization_id, site_id)
  select m.conversation_id, new.user_id, new.organization_id, new.site_id
  from public.messages as m join public.conversations as c on c.id = m.conversation_id
  where m.id = new.message_id and c.assignee_id is distinct from new.user_id
  on conflict on constraint conversation_followers_pkey do nothing;
  return null;
end $$;
comment on function app.follow_where_mentioned is 'Whoever is asked about a conversation wants to hear how it goes on.';
create trigger follow_where_mentioned after insert on public.message_mentions
for each row execute function app.follow_where_mentioned();

create function app.drop_followers() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.conversation_followers as f
  where f.organization_id = old.organization_id and f.user_id = old.user_id and not app.works_on_site(f.user_id, f.site_id);
  return null;
end $$;
comment on function app.drop_followers is 'Whoever lost access to a site follows nothing there.';
create trigger drop_followers after update of role, deactivated_at on public.memberships
for each row execute function app.drop_followers();
create trigger drop_followers after delete on public.site_operators
for each row execute function app.drop_followers();

-- security definer: as before, triggers of every role notify.
create or replace function app.notify_of_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  begins boolean;
  nobodys boolean;
  -- Preferences are read with the operators, at once: asked for by a function, each was a call per operator and event.
  usual constant jsonb := app.default_notification_events();
begin
  select * into conversation from public.conversations as c where c.id = new.conversation_id;
  begins := conversation.waiting_since = new.created_at;
  nobodys := begins and not coalesce(app.works_on_site(conversation.assignee_id, new.site_id), false);
  insert into public.notifications as n (organization_id, user_id, kind, dedupe_key, site_id, conversation_id, payload)
  select new.organization_id, told.user_id,
    case when told.event = 'new_conversation' then 'new_conversation' else 'new_message' end::public.notification_kind,
    'wait:' || conversation.id || ':' || extract(epoch from conversation.waiting_since), new.site_id, new.conversation_id,
    jsonb_build_object('event', told.event, 'seq', new.seq, 'count', 1)
  from (
    select distinct on (theirs.user_id) theirs.user_id, wanted.event
    from private.site_access as theirs
    left join public.conversation_followers as f
      on f.conversation_id = new.conversation_id and f.user_id = theirs.user_id
    left join private.notification_preferences as p on p.user_id = theirs.user_id
    cross join lateral (values
      (1, 'my_message', f.user_id is not null or conversation.assignee_id is not distinct from theirs.user_id),
      (2, 'new_conversation', nobodys),
      (3, 'any_message', true)
    ) as wanted (place, event, applies)
    where theirs.organization_id = new.organization_id and theirs.site_id = new.site_id and wanted.applies
      and coalesce(p.events -> wanted.event, usual -> wanted.event) <> '[]'
    order by theirs.user_id, wanted.place
  ) as told
  order by told.user_id
  -- Later words of the same wait come to the same line of the list, and are heard again.
  on conflict on constraint notifications_user_id_dedupe_key_key do update set
    payload = excluded.payload || jsonb_build_object('count', (n.payload ->> 'count')::integer + 1),
    channels = excluded.channels, told_at = clock_timestamp(), read_at = null;
  return null;
end $$;
comment on function app.notify_of_message is
  'Tells the assignee and the followers of every word of the visitor, everybody on the site of a visitor who begins to wait for nobody in particular, and those who want to hear of all.';
