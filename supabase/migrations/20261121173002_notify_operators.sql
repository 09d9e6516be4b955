-- security definer, all below: triggers of every role notify, and nobody else writes notifications.
create function app.notify_of_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  begins boolean;
begin
  select * into conversation from public.conversations as c where c.id = new.conversation_id;
  begins := conversation.waiting_since = new.created_at;
  insert into public.notifications as n (organization_id, user_id, kind, dedupe_key, site_id, conversation_id, payload)
  select new.organization_id, told.user_id,
    case when told.event = 'new_conversation' then 'new_conversation' else 'new_message' end::public.notification_kind,
    'wait:' || conversation.id || ':' || extract(epoch from conversation.waiting_since), new.site_id, new.conversation_id,
    jsonb_build_object('event', told.event, 'seq', new.seq, 'count', 1)
  from (
    select theirs.user_id, wanted.event,
      row_number() over (partition by theirs.user_id order by wanted.place) as choice
    from private.site_access as theirs
    cross join lateral (values
      (1, 'my_message', conversation.assignee_id is not distinct from theirs.user_id),
      (2, 'new_conversation', begins and not coalesce(app.works_on_site(conversation.assignee_id, new.site_id), false)),
      (3, 'any_message', true)
    ) as wanted (place, event, applies)
    where theirs.organization_id = new.organization_id and theirs.site_id = new.site_id and wanted.applies
      and app.notification_channels(theirs.user_id, wanted.event) <> '{}'
  ) as told
  where told.choice = 1
  order by told.user_id
  -- Later words of the same wait come to the same line of the list, and are heard again.
  on conflict on constraint notifications_user_id_dedupe_key_key do update set
    payload = excluded.payload || jsonb_build_object('count', (n.payload ->> 'count')::integer + 1),
    channels = excluded.channels, told_at = clock_timestamp(), read_at = null;
  return null;
end $$;
comment on function app.notify_of_message is
  'Tells the assignee of every word of the visitor, everybody on the site of a visitor who begins to wait for nobody in particular, and those who want to hear of all.';
create trigger notify_of_message after insert on public.messages
for each row when (new.visibility = 'public' and new.author_kind = 'visitor')
execute function app.notify_of_message();

create function app.settle_notifications() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  with settled as (
    update public.notifications as n set read_at = now()
    where n.conversation_id = new.conversation_id and n.organization_id = new.organization_id and n.site_id = new.site_id
      and n.read_at is null and n.kind in ('new_conversation', 'new_message', 'missed_chat', 'reply_due')
    returning n.id, n.user_id, app.notification_round(n.payload) as round
  )
  insert into private.notification_steps (notification_id, round, step, detail)
  select settled.id, settled.round,
    case when settled.user_id = new.author_id then 'seen' else 'answered' end::public.notification_step,
    case when settled.user_id = new.author_id then '' else left(coalesce(new.author_name, ''), 200) end
  from settled
  on conflict do nothing;
  return null;
end $$;
comment on function app.settle_notifications is 'When somebody has answered, nobody else needs to look.';
create trigger settle_notifications after insert on public.messages
for each row when (new.visibility = 'public' and new.author_kind = 'operator')
execute function app.settle_notifications();

create function app.see_notifications() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  with seen as (
    update public.notifications as n set read_at = now()
    where n.user_id = new.reader_id and n.conversation_id = new.conversation_id and n.read_at is null
      and app.notification_round(n.payload) <= new.last_read_seq
    returning n.id, app.notification_round(n.payload) as round
  )
  insert into private.notification_steps (notification_id, round, step)
  select seen.id, seen.round, 'seen' from seen
  on conflict do nothing;
  return null;
end $$;
comment on function app.see_notifications is 'Whoever has read the conversation has seen what notified of it.';
create trigger see_notifications after insert or update on public.conversation_reads
for each row when (new.reader_kind = 'operator') execute function app.see_notifications();

create function app.notify_assignee() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.notify_member(
    new.organization_id, new.assignee_id, 'assigned', 'assigned:' || new.id || ':' || pg_current_xact_id(), new.id,
    jsonb_build_object('author_id', app.my_user_id(), 'seq', new.last_seq)
  );
  return null;
end $$;
comment on function app.notify_assignee is 'Whoever is given a conversation by somebody else hears of it.';
create trigger notify_assignee after update of assignee_id on public.conversations
for each row when (new.assignee_id is not null and new.assignee_id is distinct from old.assignee_id and new.assignee_id is distinct from app.my_user_id())
execute function app.notify_assignee();
