-- A wait that begins is told to everybody who works on the site, and each of them cost a trigger that looked up what the
-- message knows already. The rows are made, told and pushed together now; the trigger is left to all other kinds, and it
-- plans the mails as well, which was a second one.
drop trigger escalate_notification on public.notifications;
drop function app.escalate_notification;
drop trigger tell_notification on public.notifications;

-- security definer: leaves jobs.
create function app.escalate_notification(notification public.notifications) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.enqueue_job(
    'notification_mail', jsonb_build_object('notification_id', notification.id), notification.organization_id,
    'notification_mail:' || notification.id,
    now() + coalesce(
      (select p.email_after_minutes from private.notification_preferences as p where p.user_id = notification.user_id), 15
    ) * interval '1 minute', 4
  );
end $$;
comment on function app.escalate_notification(public.notifications) is 'Mails what was not seen in time.';

create or replace function app.tell_notification() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not new.channels && '{sound,desktop,push}' and app.is_quiet(new.user_id) then
    perform app.take_notification_step(new.id, app.notification_round(new.payload), 'quiet');
  end if;
  perform app.broadcast(array[('user:' || new.user_id, 'notification_told', app.notification_view(new))::app.broadcast]);
  if 'push' = any (new.channels) and exists (
    select from private.push_subscriptions as p where p.user_id = new.user_id
  ) then
    perform app.push_notification(new);
  end if;
  if tg_op = 'INSERT' and new.kind in ('mention', 'assigned') and 'email' = any (new.channels) then
    perform app.escalate_notification(new);
  end if;
  return null;
end $$;
create trigger tell_notification after insert or update of told_at on public.notifications
for each row when (new.kind not in ('new_conversation', 'new_message'))
execute function app.tell_notification();
comment on trigger tell_notification on public.notifications is 'app.notify_of_message tells those it makes.';

drop function app.notify_of_message;
-- security definer: makes rows for others. Preferences and quiet hours are read with the operators, at once: asked for row
-- by row (app.choose_channels), they were four calls for each operator. Who follows the conversation stands in the list's
-- entry. Without `offset 0` the planner would put what somebody is to hear wherever it is used, and work it out five times.
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

drop function app.settle_notifications;
-- security definer: writes rows of others.
create function app.settle_notifications(message public.messages) returns app.broadcast[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  told app.broadcast[];
begin
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
  select array_agg((theirs.topic, 'notifications_read', theirs.payload)::app.broadcast) into told
  from (
    select 'user:' || settled.user_id as topic, jsonb_build_object('ids', jsonb_agg(settled.id)) as payload
    from settled group by settled.user_id
  ) as theirs;
  return told;
end $$;
comment on function app.settle_notifications is
  'When somebody has answered, nobody else needs to look. Returns what their consoles are to hear.';
