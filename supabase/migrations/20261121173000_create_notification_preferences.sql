create table private.notification_preferences (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  events jsonb not null,
  quiet_from time,
  quiet_until time,
  quiet_days smallint[] not null default '{1,2,3,4,5,6,7}',
  time_zone text not null default 'UTC',
  email_after_minutes integer not null default 15 check (email_after_minutes between 1 and 1440),
  updated_at timestamptz not null default now(),
  check ((quiet_from is null) = (quiet_until is null)),
  check (quiet_days <@ '{1,2,3,4,5,6,7}')
);
comment on table private.notification_preferences is
  'What a person wants to hear of, and how; without a row the defaults of app.default_notification_events hold.';
comment on column private.notification_preferences.events is 'Channels by event: list, sound, desktop, push, email. An event without channels is not told at all.';
comment on column private.notification_preferences.quiet_days is 'ISO days on which quiet hours begin; a night belongs to the day before it.';
comment on column private.notification_preferences.email_after_minutes is 'How long a mention or an assignment may stay unseen before it is mailed.';
alter table private.notification_preferences enable row level security;
create trigger check_time_zone before insert or update of time_zone on private.notification_preferences
for each row execute function app.check_time_zone();

create function app.default_notification_events() returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return '{
    "new_conversation": ["list", "sound", "desktop", "push"],
    "my_message": ["list", "sound", "desktop", "push"],
    "any_message": [],
    "assigned": ["list", "sound", "desktop", "push", "email"],
    "mention": ["list", "sound", "desktop", "push", "email"],
    "missed_chat": ["list", "desktop", "push", "email"],
    "other": ["list", "desktop"]
  }';
end $$;
comment on function app.default_notification_events is 'What everybody is told who has not chosen otherwise.';

create function app.clean_notification_events(events jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  known constant jsonb := app.default_notification_events();
  mailed constant text[] := '{assigned,mention,missed_chat}';
  cleaned jsonb;
begin
  if jsonb_typeof(events) is distinct from 'object' or exists (
    select from jsonb_each(events) as entry
    where not known ? entry.key or jsonb_typeof(entry.value) <> 'array'
      or not entry.value <@ (
        '["list", "sound", "desktop", "push"]'::jsonb || case when entry.key = any (mailed) then '["email"]'::jsonb else '[]' end
      )
  ) then
    perform app.refuse(422, 'invalid_input', '{"argument": "events"}');
  end if;
  -- Whatever makes itself heard can be found again in the list.
  select jsonb_object_agg(entry.key, case when entry.value = '[]' or entry.value ? 'list' then entry.value else '["list"]' || entry.value end)
  into cleaned from jsonb_each(known || events) as entry;
  return cleaned;
end $$;
comment on function app.clean_notification_events is
  'Channels for every event, those that are not named by default; refuses what is no event or has no such channel.';

create function app.quiet_at(preferences private.notification_preferences, at timestamptz) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
declare
  clock timestamp;
  today smallint;
  yesterday smallint;
begin
  if preferences.quiet_from is null then
    return false;
  end if;
  clock := quiet_at.at at time zone preferences.time_zone;
  today := extract(isodow from clock);
  yesterday := extract(isodow from clock - interval '1 day');
  if preferences.quiet_from < preferences.quiet_until then
    return today = any (preferences.quiet_days) and clock::time >= preferences.quiet_from and clock::time < preferences.quiet_until;
  end if;
  return (today = any (preferences.quiet_days) and clock::time >= preferences.quiet_from)
    or (yesterday = any (preferences.quiet_days) and clock::time < preferences.quiet_until);
end $$;
comment on function app.quiet_at is 'Whether it is in the quiet hours; hours that end where they begin are whole days.';

-- security definer: preferences are private, triggers of every role ask.
create function app.notification_channels(user_id uuid, event text) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
declare
  chosen private.notification_preferences;
begin
  select * into chosen from private.notification_preferences as p where p.user_id = notification_channels.user_id;
  return array(select jsonb_array_elements_text(
    coalesce(chosen.events -> notification_channels.event, app.default_notification_events() -> notification_channels.event)
  ));
end $$;
comment on function app.notification_channels is 'By what a person wants to hear of an event; empty when not at all.';

create function app.is_quiet(user_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce(
    (select app.quiet_at(p, now()) from private.notification_preferences as p where p.user_id = is_quiet.user_id), false
  );
end $$;
comment on function app.is_quiet is 'Whether a person has quiet hours now. security definer: as notification_channels.';

create function public.get_notification_preferences() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := (select auth.uid());
  chosen private.notification_preferences;
begin
  select * into chosen from private.notification_preferences as p where p.user_id = me;
  if chosen.user_id is null and not exists (select from public.profiles as p where p.id = me) then
    return null;
  end if;
  return jsonb_build_object(
    'events', app.default_notification_events() || coalesce(chosen.events, '{}'),
    'quiet', case when chosen.quiet_from is not null then jsonb_build_object(
      'from', to_char(chosen.quiet_from, 'HH24:MI'), 'until', to_char(chosen.quiet_until, 'HH24:MI'), 'days', chosen.quiet_days
    ) end,
    'time_zone', coalesce(chosen.time_zone, (select p.time_zone from public.profiles as p where p.id = me)),
    'email_after_minutes', coalesce(chosen.email_after_minutes, 15)
  );
end $$;
comment on function public.get_notification_preferences is
  'NotificationPreferences of the caller; the defaults when nothing was chosen. security definer: preferences are private.';

create function public.set_notification_preferences(preferences jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  quiet constant jsonb := nullif(preferences -> 'quiet', 'null');
begin
  if me is null then
    perform app.refuse(403, 'forbidden');
  end if;
  if jsonb_typeof(preferences) is distinct from 'object' then
    perform app.refuse(422, 'invalid_input', '{"argument": "preferences"}');
  end if;
  insert into private.notification_preferences as p (user_id, events, quiet_from, quiet_until, quiet_days, time_zone, email_after_minutes)
  values (
    me, app.clean_notification_events(preferences -> 'events'), (quiet ->> 'from')::time, (quiet ->> 'until')::time,
    coalesce(
      (select array_agg(distinct day::smallint order by day::smallint) from jsonb_array_elements_text(quiet -> 'days') as day),
      case when quiet is null then '{1,2,3,4,5,6,7}' else '{}' end::smallint[]
    ),
    coalesce(preferences ->> 'time_zone', 'UTC'), coalesce((preferences ->> 'email_after_minutes')::integer, 15)
  )
  on conflict (user_id) do update set
    events = excluded.events, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
    quiet_days = excluded.quiet_days, time_zone = excluded.time_zone,
    email_after_minutes = excluded.email_after_minutes, updated_at = now();
  return public.get_notification_preferences();
exception
  when check_violation or invalid_text_representation or invalid_datetime_format or datetime_field_overflow
    or numeric_value_out_of_range or invalid_parameter_value then
    perform app.refuse(422, 'invalid_input', '{"argument": "preferences"}');
end $$;
comment on function public.set_notification_preferences is
  'Keeps what the caller wants to hear of; answers NotificationPreferences. security definer: preferences are private.';

revoke execute on function public.get_notification_preferences, public.set_notification_preferences from public, anon;
grant execute on function public.get_notification_preferences, public.set_notification_preferences to authenticated;
