-- What follows a message was seven triggers, and five of them read the conversation again: now it is one, which reads it
-- once and calls only what has something to do.
drop trigger broadcast_message on public.messages;
drop trigger enqueue_mails on public.messages;
drop trigger index_message on public.messages;
drop trigger notify_of_message on public.messages;
drop trigger publish_message_created on public.messages;
drop trigger react_to_message on public.messages;
drop trigger settle_notifications on public.messages;
drop function app.enqueue_mails;
drop function app.notify_of_message;
drop function app.react_to_message;
drop function app.settle_notifications;

create function app.file_names(attachments jsonb) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case when attachments = '[]' then '' else coalesce(
    (select ' ' || string_agg(file ->> 'name', ' ') from jsonb_array_elements(attachments) as file), ''
  ) end;
end $$;
comment on function app.file_names is 'What a message is found by besides its text.';

-- security definer: the index is private.
create or replace function app.index_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.index_words(new.id, new.site_id, new.created_at, new.body || app.file_names(new.attachments));
  return null;
end $$;
comment on function app.index_message is 'What was edited or redacted is found by what it says now; app.follow_message indexes what is new.';
create trigger index_message after update of body, attachments on public.messages
for each row when (new.author_kind <> 'system') execute function app.index_message();

-- security definer: makes rows for others. Preferences and quiet hours are read with the operators, at once: asked for row
-- by row (app.choose_channels), they were four calls for each operator.
create function app.notify_of_message(message public.messages, conversation public.conversations) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  begins constant boolean := conversation.waiting_since = message.created_at;
  nobodys constant boolean := begins and not coalesce(app.works_on_site(conversation.assignee_id, message.site_id), false);
  usual constant jsonb := app.default_notification_events();
begin
  insert into public.notifications as n (
    organization_id, user_id, kind, dedupe_key, site_id, conversation_id, payload, channels
  )
  select message.organization_id, told.user_id,
    case when told.event = 'new_conversation' then 'new_conversation' else 'new_message' end::public.notification_kind,
    'wait:' || conversation.id || ':' || extract(epoch from conversation.waiting_since), message.site_id, conversation.id,
    jsonb_build_object('event', told.event, 'seq', message.seq, 'count', 1),
    -- A mail makes no noise.
    array(
      select channel from jsonb_array_elements_text(coalesce(told.events -> told.event, usual -> told.event)) as channel
      where not told.quiet or channel in ('list', 'email')
    )
  from (
    select theirs.user_id, p.events, p.quiet_from is not null and app.quiet_at(p, now()) as quiet,
      case
        when coalesce(p.events -> 'my_message', usual -> 'my_message') <> '[]' and (
          theirs.user_id = conversation.assignee_id or exists (
            select from public.conversation_followers as f
            where f.conversation_id = conversation.id and f.user_id = theirs.user_id
          )
        ) then 'my_message'
        when nobodys and coalesce(p.events -> 'new_conversation', usual -> 'new_conversation') <> '[]' then 'new_conversation'
        when coalesce(p.events -> 'any_message', usual -> 'any_message') <> '[]' then 'any_message'
      end as event
    from private.site_access as theirs
    left join private.notification_preferences as p on p.user_id = theirs.user_id
    where theirs.organization_id = message.organization_id and theirs.site_id = message.site_id
  ) as told
  where told.event is not null
  order by told.user_id
  -- Later words of the same wait come to the same line of the list, and are heard again.
  on conflict on constraint notifications_user_id_dedupe_key_key do update set
    payload = excluded.payload || jsonb_build_object('count', (n.payload ->> 'count')::integer + 1),
    channels = excluded.channels, told_at = clock_timestamp(), read_at = null;
end $$;
comment on function app.notify_of_message(public.messages, public.conversations) is
  'Tells those who asked for it that a visitor wrote: whoever has the conversation or follows it, all who work on the site when it is nobody''s and a wait begins, and whoever wants every message.';

-- security definer: writes rows of others.
create function app.settle_notifications(message public.messages) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids uuid[];
begin
  -- Nearly always there is nothing to settle: the first answer did it.
  if not exists (
    select from public.notifications as n
    where n.conversation_id = message.conversation_id and n.organization_id = message.organization_id
      and n.site_id = message.site_id and n.read_at is null
  ) then
    return;
  end if;
  with settled as (
    update public.notifications as n set read_at = now()
    where n.conversation_id = message.conversation_id and n.organization_id = message.organization_id
      and n.site_id = message.site_id
      and n.read_at is null and n.kind in ('new_conversation', 'new_message', 'missed_chat', 'reply_due')
    returning n.id, n.user_id, app.notification_round(n.payload) as round
  ), noted as (
    insert into private.notification_steps (notification_id, round, step, detail)
    select settled.id, settled.round,
      case when settled.user_id = message.author_id then 'seen' else 'answered' end::public.notification_step,
      case when settled.user_id = message.author_id then '' else left(coalesce(message.author_name, ''), 200) end
    from settled
    on conflict do nothing
  )
  select array_agg(settled.id) into ids from settled;
  perform app.tell_notifications_read(ids);
end $$;
comment on function app.settle_notifications(public.messages) is 'When somebody has answered, nobody else needs to look.';

-- security definer: leaves jobs, and rules write messages of their own.
create function app.follow_rules(message public.messages) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.react_to_event(
    message.conversation_id, jsonb_build_object('event', 'message', 'body', message.body, 'seq', message.seq)
  );
  perform app.await_answer(c) from public.conversations as c where c.id = message.conversation_id;
end $$;
comment on function app.follow_rules is 'Runs the auto-reply rules that wait for a message of the visitor, and the clocks of those that wait for none of the team.';

-- security definer: writes what only the product may write. What it asks first is a plain look into a small table; whom
-- it concerns is decided by the functions it calls.
create function app.follow_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- Together with the conversation: whether the site blocks anybody, answers by itself, or tells a webhook.
  told record;
begin
  select c as conversation,
    exists (select from public.blocklist as b where b.site_id = new.site_id) as blocks,
    exists (select from public.webhooks as w where w.organization_id = new.organization_id and w.active) as publishes,
    exists (
      select from public.auto_reply_rules as r where r.site_id = new.site_id and r.enabled and r.trigger <> 'proactive'
    ) as answers
  into told
  from public.conversations as c where c.id = new.conversation_id;
  perform realtime.send(
    to_jsonb(new), 'message_created',
    -- A blocked visitor may still hold a socket: from then on only the team's topic hears of the conversation.
    'conversation:' || new.conversation_id || case
      when new.visibility = 'team' or (told.blocks and app.visitor_blocked((told.conversation).visitor_id, new.site_id))
      then ':team' else '' end,
    true
  );
  if new.author_kind <> 'system' then
    perform app.index_words(
      new.id, new.site_id, new.created_at,
      case when new.attachments = '[]' then new.body else new.body || app.file_names(new.attachments) end
    );
  end if;
  if new.author_kind = 'visitor' then
    perform app.notify_of_message(new, told.conversation);
    if (told.conversation).waiting_since = new.created_at then
      perform app.enqueue_missed_chat(told.conversation, false);
    end if;
  elsif new.author_kind = 'operator' and new.visibility = 'public' then
    perform app.enqueue_offline_reply(told.conversation);
    perform app.settle_notifications(new);
  end if;
  if told.publishes then
    perform app.publish_event(
      new.organization_id, new.site_id, 'message.created', new.conversation_id, new.conversation_id,
      jsonb_build_object('message', app.told_message(new))
    );
  end if;
  if told.answers and new.author_kind = 'visitor' then
    -- At last: an answer is told after what it answers.
    perform app.follow_rules(new);
  end if;
  return null;
end $$;
comment on function app.follow_message is
  'Once a message stands: tells open clients and webhooks, makes it findable, notifies operators and visitors, and runs the rules.';
-- After link_attachments, in the order of names.
create trigger tell_message after insert on public.messages for each row execute function app.follow_message();

create or replace function app.broadcast_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- As in app.follow_message.
  topic constant text := 'conversation:' || new.conversation_id
    || case when new.visibility = 'team' or app.conversation_blocked(new.conversation_id, new.site_id) then ':team' else '' end;
begin
  if (old.body, old.redacted_at, old.edited_at, old.attachments)
    is distinct from (new.body, new.redacted_at, new.edited_at, new.attachments)
  then
    perform realtime.send(to_jsonb(new), 'message_updated', topic, true);
  elsif old.reactions <> new.reactions then
    perform realtime.send(
      jsonb_build_object(
        'message_id', new.id, 'conversation_id', new.conversation_id, 'seq', new.seq,
        'change_seq', new.change_seq, 'reactions', new.reactions
      ),
      'reaction_changed', topic, true
    );
  end if;
  return null;
end $$;
create trigger broadcast_message after update on public.messages
for each row execute function app.broadcast_message();

create or replace function app.publish_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not app.has_listeners(new.organization_id) then
    return null;
  end if;
  perform app.publish_event(
    new.organization_id, new.site_id,
    case when old.redacted_at is null and new.redacted_at is not null then 'message.redacted' else 'message.edited' end,
    new.conversation_id, new.conversation_id, jsonb_build_object('message', app.told_message(new))
  );
  return null;
end $$;
comment on function app.publish_message is 'A message was edited or redacted; app.follow_message says that it was written.';

-- What was chosen already (app.notify_of_message) is not chosen again.
drop trigger choose_channels on public.notifications;
create trigger choose_channels before insert on public.notifications
for each row when (new.channels = '{}') execute function app.choose_channels();
