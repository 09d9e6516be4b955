-- What somebody of the team is to hear was worked out five times for each of them, because the planner put the expression
-- wherever its result is used, and with it five looks for followers. `offset 0` keeps it in one place, and who follows the
-- conversation stands in the list's entry already.
drop function app.notify_of_message;
-- security definer: makes rows for others. Preferences and quiet hours are read with the operators, at once: asked for row
-- by row (app.choose_channels), they were four calls for each operator.
create function app.notify_of_message(
  message public.messages, conversation public.conversations, entry jsonb
) returns app.broadcast[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  begins constant boolean := conversation.waiting_since = message.created_at;
  nobodys constant boolean := begins and not coalesce(app.works_on_site(conversation.assignee_id, message.site_id), false);
  usual constant jsonb := app.default_notification_events();
  wait constant text := 'wait:' || conversation.id || ':' || extract(epoch from conversation.waiting_since);
  -- What nobody has concerns its followers all the same.
  mine constant jsonb := (entry -> 'follower_ids') || coalesce(to_jsonb(conversation.assignee_id), '[]');
  person constant uuid := entry ->> 'person_id';
  visitor constant text := coalesce(entry ->> 'visitor_name', entry ->> 'visitor_email');
  made record;
begin
  with told as (
    insert into public.notifications as n (
      organization_id, user_id, kind, dedupe_key, site_id, conversation_id, payload, channels
    )
    select message.organization_id, told.user_id,
      case when told.event = 'new_conversation' then 'new_conversation' else 'new_message' end::public.notification_kind,
      wait, message.site_id, conversation.id,
      jsonb_build_object('event', told.event, 'seq', message.seq, 'count', 1),
      -- A mail makes no noise.
      array(
        select channel from jsonb_array_elements_text(coalesce(told.events -> told.event, usual -> told.event)) as channel
        where not told.quiet or channel in ('list', 'email')
      )
    from (
      select theirs.user_id, p.events, p.quiet_from is not null and app.quiet_at(p, now()) as quiet,
        case
          when mine ? theirs.user_id::text and coalesce(p.events -> 'my_message', usual -> 'my_message') <> '[]' then 'my_message'
          when nobodys and coalesce(p.events -> 'new_conversation', usual -> 'new_conversation') <> '[]' then 'new_conversation'
          when coalesce(p.events -> 'any_message', usual -> 'any_message') <> '[]' then 'any_message'
        end as event
      from private.site_access as theirs
      left join private.notification_preferences as p on p.user_id = theirs.user_id
      where theirs.organization_id = message.organization_id and theirs.site_id = message.site_id
      offset 0
    ) as told
    where told.event is not null
    order by told.user_id
    -- Later words of the same wait come to the same line of the list, and are heard again.
    on conflict on constraint notifications_user_id_dedupe_key_key do update set
      payload = excluded.payload || jsonb_build_object('count', (n.payload ->> 'count')::integer + 1),
      channels = excluded.channels, told_at = clock_timestamp(), read_at = null
    returning n.*
  )
  select
    array_agg((
      'user:' || told.user_id, 'notification_told',
      app.notification_view(told::public.notifications, person, visitor, null, message.body)
    )::app.broadcast) as broadcasts,
    array_agg(told.id) filter (where not told.channels && '{sound,desktop,push}') as silent,
    array_agg(told.id) filter (where 'push' = any (told.channels) and exists (
      select from private.push_subscriptions as p where p.user_id = told.user_id
    )) as pushed
  into made from told;
  if made.silent is not null then
    perform app.take_notification_step(n.id, message.seq, 'quiet')
    from public.notifications as n where n.id = any (made.silent) and app.is_quiet(n.user_id);
  end if;
  if made.pushed is not null then
    perform app.push_notification(n) from public.notifications as n where n.id = any (made.pushed);
  end if;
  return made.broadcasts;
end $$;
comment on function app.notify_of_message is
  'Notifies those who asked for it that a visitor wrote: whoever has the conversation or follows it, all who work on the site when it is nobody''s and a wait begins, and whoever wants every message. Returns what their consoles are to hear.';

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
