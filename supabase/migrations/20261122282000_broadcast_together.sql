-- Each of the two to seven broadcasts of a message went through realtime.send: a setting, a handler of exceptions (a
-- transaction of its own) and an insert for each. Now they are collected, and one statement writes all of them.
create type app.broadcast as (topic text, event text, payload jsonb);
comment on type app.broadcast is 'One event for one private topic.';

-- security definer: events are written to Realtime by the database alone.
create function app.broadcast(broadcasts app.broadcast[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into realtime.messages (id, topic, event, payload, private, extension, inserted_at)
  select
    told.id, told.topic, told.event,
    case when told.payload ? 'id' then told.payload else jsonb_set(told.payload, '{id}', to_jsonb(told.id)) end,
    true, 'broadcast', timezone('utc', now())
  from (select gen_random_uuid() as id, one.* from unnest(broadcasts) as one) as told;
exception when others then
  -- What happened must be stored whether or not it can be told: clients catch up.
  raise warning 'broadcasts failed: %', sqlerrm;
end $$;
comment on function app.broadcast is
  'Broadcasts events, in this order, when the transaction commits: as realtime.send does one by one.';

-- Names and words are given by whoever knows them already. Visitors without a name are told apart by their person.
create function app.notification_view(
  notification public.notifications, person_id uuid, visitor_name text, actor_name text, body text
) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', notification.id, 'kind', notification.kind, 'event', app.notification_event(notification.kind, notification.payload),
    'channels', notification.channels, 'organization_id', notification.organization_id, 'site_id', notification.site_id,
    'conversation_id', notification.conversation_id, 'round', app.notification_round(notification.payload),
    'count', coalesce((notification.payload ->> 'count')::integer, 1),
    'created_at', notification.created_at, 'told_at', notification.told_at, 'read_at', notification.read_at,
    'person_id', person_id, 'visitor_name', visitor_name,
    'actor_name', coalesce(actor_name, notification.payload ->> 'author_name'),
    'rule_name', notification.payload ->> 'name',
    'preview', left(regexp_replace(body, '\s+', ' ', 'g'), 140)
  );
end $$;
comment on function app.notification_view(public.notifications, uuid, text, text, text) is
  'Notification as its recipient sees it.';

-- "Nobody has answered yet" was followed by what the bot had answered.
create or replace function app.notification_view(notification public.notifications) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select app.notification_view(
      notification, coalesce(v.person_id, v.id), coalesce(person.name, v.name, person.email, v.email), p.display_name,
      case when m.redacted_at is null then m.body end
    )
    from (values (1)) as one
    left join public.conversations as c on c.id = notification.conversation_id
    left join public.visitors as v on v.id = c.visitor_id
    left join public.visitors as person on person.id = v.person_id
    left join lateral (
      select said.body, said.redacted_at from public.messages as said
      where said.conversation_id = c.id and said.seq <= app.notification_round(notification.payload)
        and said.author_kind <> 'bot'
      order by said.seq desc limit 1
    ) as m on true
    left join public.profiles as p on p.id = (notification.payload ->> 'author_id')::uuid
  );
end $$;

create or replace function app.tell_notifications_read(ids uuid[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.broadcast(array_agg((told.topic, 'notifications_read', told.payload)::app.broadcast))
  from (
    select 'user:' || n.user_id as topic, jsonb_build_object('ids', jsonb_agg(n.id)) as payload
    from public.notifications as n
    where n.id = any (ids)
    group by n.user_id
  ) as told;
end $$;
