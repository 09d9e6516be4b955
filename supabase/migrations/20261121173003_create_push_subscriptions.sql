create table private.push_subscriptions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete cascade,
  session_id uuid,
  endpoint text not null unique check (char_length(endpoint) <= 1000),
  p256dh text not null check (p256dh ~ '^[A-Za-z0-9_-]{87}$'),
  auth text not null check (auth ~ '^[A-Za-z0-9_-]{22}$'),
  device text not null default '' check (char_length(device) <= 80),
  language text not null default 'en' check (language in ('en', 'uk')),
  created_at timestamptz not null default now(),
  pushed_at timestamptz
);
comment on table private.push_subscriptions is
  'Browsers that may be woken by web push. Whoever signs out there is not pushed to any more.';
comment on column private.push_subscriptions.session_id is 'The sign-in under which the browser asked for it.';
create index on private.push_subscriptions (user_id);
alter table private.push_subscriptions enable row level security;

create function app.push_endpoint_allowed(endpoint text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  origin constant text := substring(endpoint from '^(https?://[^/?#@\s\\]+)/');
begin
  -- A client names the address that our worker calls: only push services, and what the project's own settings name.
  return coalesce(
    origin ~ '^https://(fcm\.googleapis\.com|([a-z0-9-]+\.)*push\.services\.mozilla\.com|([a-z0-9-]+\.)+notify\.windows\.com|([a-z0-9-]+\.)*push\.apple\.com)$'
    or origin = any (string_to_array((select s.value from private.settings as s where s.key = 'push_origins'), ' ')),
    false
  );
end $$;
comment on function app.push_endpoint_allowed is
  'Whether an address is a push service of a browser, or of the origins in the setting push_origins. security definer: settings are private.';

-- security definer, all below: subscriptions hold keys, so they are private; each works on the caller's own.
create function public.get_push_settings() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'public_key', (select (s.value::jsonb) ->> 'public' from private.settings as s where s.key = 'vapid_keys'),
    'devices', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', p.id, 'device', p.device, 'endpoint', p.endpoint, 'created_at', p.created_at, 'pushed_at', p.pushed_at
      ) order by p.created_at), '[]')
      from private.push_subscriptions as p where p.user_id = app.my_user_id()
    )
  );
end $$;
comment on function public.get_push_settings is
  'PushSettings: the key that a browser subscribes with (null when the project has none), and the caller''s browsers.';

create function public.save_push_subscription(endpoint text, p256dh text, auth text, device text default '', language text default 'en')
returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  saved uuid;
begin
  if me is null or not exists (select from public.profiles as p where p.id = me) then
    perform app.refuse(403, 'forbidden');
  end if;
  if not app.push_endpoint_allowed(save_push_subscription.endpoint) then
    perform app.refuse(422, 'invalid_input', '{"argument": "endpoint"}');
  end if;
  -- A browser belongs to whoever signed in there last.
  insert into private.push_subscriptions as p (user_id, session_id, endpoint, p256dh, auth, device, language)
  values (
    me, (auth.jwt() ->> 'session_id')::uuid, save_push_subscription.endpoint, save_push_subscription.p256dh,
    save_push_subscription.auth, left(coalesce(save_push_subscription.device, ''), 80), app.mail_language(save_push_subscription.language)
  )
  on conflict on constraint push_subscriptions_endpoint_key do update set
    user_id = excluded.user_id, session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth,
    device = excluded.device, language = excluded.language
  returning p.id into saved;
  -- Old browsers that nobody uses any more make room.
  delete from private.push_subscriptions as p where p.user_id = me and p.id in (
    select old.id from private.push_subscriptions as old where old.user_id = me and old.id <> saved
    order by old.created_at desc offset 19
  );
  return saved;
exception
  when check_violation or invalid_text_representation then
    perform app.refuse(422, 'invalid_input', '{"argument": "p256dh"}');
end $$;
comment on function public.save_push_subscription is
  'Keeps the push subscription of the caller''s browser, of which there are twenty at most; answers its id.';

create function public.remove_push_subscription(subscription_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from private.push_subscriptions as p
  where p.id = remove_push_subscription.subscription_id and p.user_id = app.my_user_id();
  return found;
end $$;
comment on function public.remove_push_subscription is 'Ends pushes to one of the caller''s browsers; false when there is no such one.';

create function public.test_push(subscription_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not exists (
    select from private.push_subscriptions as p where p.id = test_push.subscription_id and p.user_id = app.my_user_id()
  ) then
    return false;
  end if;
  -- One in ten seconds: the button is pressed more often than a push comes.
  perform app.enqueue_job(
    'push', jsonb_build_object('subscription_id', test_push.subscription_id), null,
    'push_test:' || test_push.subscription_id || ':' || floor(extract(epoch from now()) / 10), priority => 2
  );
  return true;
end $$;
comment on function public.test_push is 'Pushes a test to one of the caller''s browsers; false when there is no such one.';

revoke execute on function
  public.get_push_settings, public.save_push_subscription, public.remove_push_subscription, public.test_push
from public, anon;
grant execute on function
  public.get_push_settings, public.save_push_subscription, public.remove_push_subscription, public.test_push
to authenticated;

create function app.push_notification() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  round constant integer := app.notification_round(new.payload);
  -- Whoever has a console open hears of it there; if nothing comes back from it, the push follows.
  patience constant interval := case when exists (
    select from private.operator_presence as r where r.user_id = new.user_id and r.seen_at > now() - interval '130 seconds'
  ) then interval '6 seconds' else '0' end;
begin
  perform app.enqueue_job(
    'push',
    jsonb_build_object('subscription_id', p.id, 'notification_id', new.id, 'round', round),
    new.organization_id, 'push:' || new.id || ':' || round || ':' || p.id, now() + patience, 2
  )
  from private.push_subscriptions as p where p.user_id = new.user_id;
  return null;
end $$;
comment on function app.push_notification is 'Leaves a job for each browser of the recipient.';
create trigger push_notification after insert or update of told_at on public.notifications
for each row when ('push' = any (new.channels)) execute function app.push_notification();

create function public.push_message(subscription_id uuid, notification_id uuid default null, round integer default 0) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  subscription private.push_subscriptions;
  notification public.notifications;
begin
  select * into subscription from private.push_subscriptions as p
  where p.id = push_message.subscription_id
    and (p.session_id is null or exists (select from auth.sessions as s where s.id = p.session_id));
  if subscription.id is null then
    return null;
  end if;
  if push_message.notification_id is not null then
    select * into notification from public.notifications as n
    where n.id = push_message.notification_id and n.user_id = subscription.user_id and n.read_at is null
      and app.notification_round(n.payload) = push_message.round and n.told_at > now() - interval '1 hour'
      and (n.site_id is null or app.works_on_site(n.user_id, n.site_id))
      and not exists (
        select from private.notification_steps as s
        where s.notification_id = n.id and s.round = push_message.round
          and (s.step in ('arrived', 'visible', 'rang', 'shown') or (s.step = 'pushed' and s.detail = subscription.id::text))
      );
    if notification.id is null then
      return null;
    end if;
  end if;
  return jsonb_build_object(
    'endpoint', subscription.endpoint, 'p256dh', subscription.p256dh, 'auth', subscription.auth,
    'language', subscription.language,
    'vapid_keys', (select s.value::jsonb from private.settings as s where s.key = 'vapid_keys'),
    'console_url', (select s.value from private.settings as s where s.key = 'console_url'),
    'notification', case when notification.id is not null then app.notification_view(notification) end
  );
end $$;
comment on function public.push_message is
  'For the job push: PushMessage, without a notification a test; null when it was seen, heard at a console, told anew, or nobody is signed in there.';

create function public.pushed(
  subscription_id uuid, outcome text, notification_id uuid default null, round integer default 0, detail text default ''
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if pushed.outcome = 'gone' then
    delete from private.push_subscriptions as p where p.id = pushed.subscription_id;
  elsif pushed.outcome = 'pushed' then
    update private.push_subscriptions as p set pushed_at = now() where p.id = pushed.subscription_id;
  end if;
  if exists (select from public.notifications as n where n.id = pushed.notification_id) then
    perform app.take_notification_step(
      pushed.notification_id, pushed.round, case when pushed.outcome = 'pushed' then 'pushed' else 'push_failed' end::public.notification_step,
      case when pushed.outcome = 'pushed' then pushed.subscription_id::text else pushed.detail end
    );
  end if;
end $$;
comment on function public.pushed is
  'For the job push: writes down how it went. A subscription that is gone (the push service said so) is forgotten.';

revoke execute on function public.push_message, public.pushed from public, anon, authenticated;
grant execute on function public.push_message, public.pushed to service_role;
