-- The list's entry is read together with the conversation and told together with the message: it was a trigger on the
-- conversation that read both again. Linking files was a trigger too, whose condition was parsed for every message.
drop trigger link_attachments on public.messages;
drop function app.link_attachments;
create function app.link_attachments(message public.messages) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.attachments as a set message_id = message.id
  where a.id in (select (file ->> 'id')::uuid from jsonb_array_elements(message.attachments) as file);
end $$;
comment on function app.link_attachments is 'security definer: whoever sends a message may not write attachments.';

-- security definer: writes what only the product may write.
create or replace function app.follow_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  by_visitor constant boolean := new.author_kind = 'visitor';
  answer constant boolean := new.author_kind = 'operator' and new.visibility = 'public';
  -- Together with the conversation: whether the site blocks anybody, answers by itself, tells a webhook, misses chats,
  -- mails answers, and whether anybody was notified.
  told record;
  broadcasts app.broadcast[];
begin
  if new.attachments <> '[]' then
    perform app.link_attachments(new);
  end if;
  select c as conversation, to_jsonb(entry) as entry,
    exists (select from public.blocklist as b where b.site_id = new.site_id) as blocks,
    exists (select from public.webhooks as w where w.organization_id = new.organization_id and w.active) as publishes,
    exists (
      select from public.auto_reply_rules as r where r.site_id = new.site_id and r.enabled and r.trigger <> 'proactive'
    ) as answers,
    by_visitor and c.waiting_since = new.created_at and (
      select s.missed_chat_minutes is not null from public.sites as s where s.id = new.site_id
    ) as may_miss,
    answer and exists (
      select from public.sites as s join public.visitors as v on v.id = c.visitor_id
      where s.id = new.site_id and s.offline_reply_minutes is not null and v.email is not null
    ) as may_mail,
    answer and exists (
      select from public.notifications as n
      where n.conversation_id = new.conversation_id and n.organization_id = new.organization_id and n.site_id = new.site_id
        and n.read_at is null
    ) as settles
  into told
  from public.conversations as c join app.inbox_conversations as entry on entry.id = c.id
  where c.id = new.conversation_id;
  broadcasts := array[
    ('inbox:' || new.site_id, 'conversation_changed', told.entry)::app.broadcast,
    (
      -- A blocked visitor may still hold a socket: from then on only the team's topic hears of the conversation.
      'conversation:' || new.conversation_id || case
        when new.visibility = 'team' or (told.blocks and app.visitor_blocked((told.conversation).visitor_id, new.site_id))
        then ':team' else '' end,
      'message_created', to_jsonb(new)
    )::app.broadcast
  ];
  if new.author_kind <> 'system' then
    perform app.index_words(
      new.id, new.site_id, new.created_at,
      case when new.attachments = '[]' then new.body else new.body || app.file_names(new.attachments) end
    );
  end if;
  if by_visitor then
    broadcasts := broadcasts || app.notify_of_message(new, told.conversation, told.entry);
  end if;
  if told.may_miss then
    perform app.enqueue_missed_chat(told.conversation, false);
  end if;
  if told.may_mail then
    perform app.enqueue_offline_reply(told.conversation);
  end if;
  if told.settles then
    broadcasts := broadcasts || app.settle_notifications(new);
  end if;
  perform app.broadcast(broadcasts);
  if told.publishes then
    perform app.publish_event(
      new.organization_id, new.site_id, 'message.created', new.conversation_id, new.conversation_id,
      jsonb_build_object('message', app.told_message(new))
    );
  end if;
  if told.answers and by_visitor then
    -- At last: an answer is told after what it answers.
    perform app.follow_rules(new);
  end if;
  return null;
end $$;
comment on function app.follow_message is
  'Once a message stands: tells the list, open clients and webhooks, makes it findable, notifies operators and visitors, and runs the rules.';

drop trigger broadcast_message_place on public.conversations;
create function app.broadcast_reopening() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not app.visitor_blocked(new.visitor_id, new.site_id) then
    perform realtime.send(app.visitor_conversation(new), 'conversation_updated', 'conversation:' || new.id, true);
  end if;
  return null;
end $$;
comment on function app.broadcast_reopening is
  'The visitor hears that a message opened the conversation again; the list hears of it with the message. security definer: as broadcast_conversation.';
create trigger broadcast_reopening after update of status on public.conversations
for each row when (old.last_seq <> new.last_seq and (old.status = 'closed') <> (new.status = 'closed'))
execute function app.broadcast_reopening();
