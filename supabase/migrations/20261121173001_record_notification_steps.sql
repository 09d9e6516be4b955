create type public.notification_step as enum (
  'quiet', 'arrived', 'visible', 'rang', 'muted', 'shown', 'blocked', 'pushed', 'push_failed', 'mailed', 'answered', 'seen'
);

alter table public.notifications
  add column channels text[] not null default '{}',
  add column told_at timestamptz not null default now();
comment on column public.notifications.channels is 'How the recipient is to hear of it, as they chose and as the hour allows when it was made.';
comment on column public.notifications.told_at is 'When it was told last: later words of the same wait come to the same notification.';
create index on public.notifications (user_id, told_at desc, id desc);

create table private.notification_steps (
  notification_id uuid not null references public.notifications (id) on delete cascade,
  round integer not null default 0,
  step public.notification_step not null,
  detail text not null default '' check (char_length(detail) <= 200),
  created_at timestamptz not null default clock_timestamp(),
  primary key (notification_id, round, step, detail)
);
comment on table private.notification_steps is
  'What became of a notification: why somebody heard of it, or did not. Shown to its recipient alone.';
comment on column private.notification_steps.round is 'The seq of the message that was told; 0 when it is about none.';
alter table private.notification_steps enable row level security;

create function app.notification_event(kind public.notification_kind, payload jsonb) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case
    when kind = 'new_message' then case when payload ->> 'event' = 'any_message' then 'any_message' else 'my_message' end
    when kind in ('new_conversation', 'assigned', 'mention', 'missed_chat') then kind::text
    when kind = 'reply_due' then 'missed_chat'
    else 'other' end;
end $$;
comment on function app.notification_event is 'The line of a person''s preferences that a notification belongs to.';

create function app.notification_round(payload jsonb) returns integer
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce((payload ->> 'seq')::integer, 0);
end $$;
comment on function app.notification_round is 'The seq of the message that a notification is about; 0 for none.';

-- security definer: steps are private.
create function app.take_notification_step(
  notification_id uuid, round integer, step public.notification_step, detail text default ''
) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.notification_steps (notification_id, round, step, detail)
  values (take_notification_step.notification_id, take_notification_step.round, take_notification_step.step, left(take_notification_step.detail, 200))
  on conflict do nothing;
  return found;
end $$;
comment on function app.take_notification_step is 'Writes down what became of a notification, once; whether it is news.';

-- security definer: preferences are private.
create function app.choose_channels() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  new.channels := app.notification_channels(new.user_id, app.notification_event(new.kind, new.payload));
  if new.channels = '{}' then
    return null;
  end if;
  if app.is_quiet(new.user_id) then
    -- A mail makes no noise.
    new.channels := array(select channel from unnest(new.channels) as channel where channel in ('list', 'email'));
  end if;
  return new;
end $$;
comment on function app.choose_channels is 'A notification that its recipient does not want is not made; in quiet hours it only waits.';
create trigger choose_channels before insert on public.notifications
for each row execute function app.choose_channels();

create function app.notification_view(notification public.notifications) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'id', notification.id, 'kind', notification.kind, 'event', app.notification_event(notification.kind, notification.payload),
      'channels', notification.channels, 'organization_id', notification.organization_id, 'site_id', notification.site_id,
      'conversation_id', notification.conversation_id, 'round', app.notification_round(notification.payload),
      'count', coalesce((notification.payload ->> 'count')::integer, 1),
      'created_at', notification.created_at, 'told_at', notification.told_at, 'read_at', notification.read_at,
      'visitor_name', v.name,
      'actor_name', coalesce(p.display_name, notification.payload ->> 'author_name'),
      'rule_name', notification.payload ->> 'name',
      'preview', case when m.redacted_at is null then left(regexp_replace(m.body, '\s+', ' ', 'g'), 140) end
    )
    from (values (1)) as one
    left join public.conversations as c on c.id = notification.conversation_id
    left join public.visitors as v on v.id = c.visitor_id
    left join public.messages as m
      on m.conversation_id = c.id and m.seq = app.notification_round(notification.payload)
    left join public.profiles as p on p.id = (notification.payload ->> 'author_id')::uuid
  );
end $$;
comment on function app.notification_view is 'Notification as its recipient sees it: names and words are those of now, so that nothing outlives what was redacted.';

-- security definer: events are written to Realtime by the database alone.
create function app.tell_notification() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not new.channels && '{sound,desktop,push}' and app.is_quiet(new.user_id) then
    perform app.take_notification_step(new.id, app.notification_round(new.payload), 'quiet');
  end if;
  perform realtime.send(app.notification_view(new), 'notification_told', 'user:' || new.user_id, true);
  return null;
end $$;
comment on function app.tell_notification is 'The consoles of the recipient hear of a notification at once.';
create trigger tell_notification after insert or update of told_at on public.notifications
for each row execute function app.tell_notification();

create function app.tell_notifications_read() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(jsonb_build_object('ids', jsonb_agg(new_rows.id)), 'notifications_read', 'user:' || new_rows.user_id, true)
  from new_rows join old_rows on old_rows.id = new_rows.id
  where new_rows.read_at is not null and old_rows.read_at is null
  group by new_rows.user_id;
  return null;
end $$;
comment on function app.tell_notifications_read is 'What was read in one tab or on one device is read everywhere. security definer: as tell_notification.';
create trigger tell_notifications_read after update on public.notifications
referencing old table as old_rows new table as new_rows
for each statement execute function app.tell_notifications_read();

create or replace function public.mark_notifications_read(notification_ids uuid[] default null) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  marked integer;
begin
  with marked as (
    update public.notifications as n set read_at = now()
    where n.user_id = app.my_user_id() and n.read_at is null
      and (mark_notifications_read.notification_ids is null or n.id = any (mark_notifications_read.notification_ids))
    returning n.id, app.notification_round(n.payload) as round
  )
  select count(app.take_notification_step(marked.id, marked.round, 'seen')) into marked from marked;
  return marked;
end $$;

-- security definer: as mark_notifications_read.
create function public.record_notification_steps(notification_id uuid, round integer, steps public.notification_step[])
returns integer
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not coalesce(steps <@ '{arrived,visible,rang,muted,shown,blocked}'::public.notification_step[], false) or round is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "steps"}');
  end if;
  return (
    select count(*) filter (where app.take_notification_step(n.id, record_notification_steps.round, step))
    from public.notifications as n, unnest(record_notification_steps.steps) as step
    where n.id = record_notification_steps.notification_id and n.user_id = app.my_user_id()
      -- Only what was told: a client cannot write rounds that never were.
      and record_notification_steps.round between 0 and app.notification_round(n.payload)
  );
end $$;
comment on function public.record_notification_steps is
  'A console tells what it did with a notification: arrived, visible, rang, muted, shown, blocked; answers how many were new.';

create function public.list_notifications(before timestamptz default null, before_id uuid default null, max_rows integer default 30)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  page_size constant integer := least(greatest(coalesce(max_rows, 30), 1), 100);
  organizations constant uuid[] := array(select app.my_organization_ids());
  sites constant uuid[] := array(select app.my_site_ids());
  rows jsonb[];
begin
  rows := array(
    select app.notification_view(n) || jsonb_build_object('steps', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'step', s.step, 'detail', s.detail, 'round', s.round, 'at', s.created_at
      ) order by s.created_at), '[]')
      from private.notification_steps as s where s.notification_id = n.id
    ))
    from public.notifications as n
    where n.user_id = me and n.organization_id = any (organizations) and (n.site_id is null or n.site_id = any (sites))
      and (list_notifications.before is null or (n.told_at, n.id) < (list_notifications.before, list_notifications.before_id))
    order by n.told_at desc, n.id desc limit page_size + 1
  );
  return jsonb_build_object(
    'notifications', to_jsonb(rows[:page_size]),
    'has_more', cardinality(rows) > page_size,
    'unread', (
      select count(*) from (
        select from public.notifications as n
        where n.user_id = me and n.read_at is null and n.organization_id = any (organizations)
          and (n.site_id is null or n.site_id = any (sites))
        limit 100
      ) as unread
    )
  );
end $$;
comment on function public.list_notifications is
  'NotificationPage of the caller, told last first, with what became of each; unread counts to 100. security definer: steps are private.';

revoke execute on function public.record_notification_steps, public.list_notifications from public, anon;
grant execute on function public.record_notification_steps, public.list_notifications to authenticated;

-- security definer: decides for callers who may not read the tables it looks into.
create or replace function app.topic_role(topic text) returns text
language sql stable security definer set search_path = ''
as $$
  select case
    when topic ~ '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:typing|:team)?$' then (
      select case
        when conversations.id = any (array(select app.my_visitor_conversation_ids())) then 'visitor'
        when conversations.site_id = any (array(select app.my_site_ids())) then 'operator'
      end
      from public.conversations where conversations.id = split_part(topic, ':', 2)::uuid
    )
    when topic ~ '^inbox:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (
      select 'operator' where split_part(topic, ':', 2)::uuid = any (array(select app.my_site_ids()))
    )
    when topic ~ '^site:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (
      select 'public' from public.sites
      where sites.id = split_part(topic, ':', 2)::uuid and sites.archived_at is null
    )
    -- Listens like everybody to a public topic, and may not speak.
    when topic ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (
      select 'public' where split_part(topic, ':', 2)::uuid = app.my_user_id()
    )
  end
$$;
