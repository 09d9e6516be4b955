-- One trigger tells a notification, and looks for browsers to push to only where there is something to push.
drop trigger push_notification on public.notifications;
drop function app.push_notification;

-- security definer: leaves jobs.
create function app.push_notification(notification public.notifications) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  round constant integer := app.notification_round(notification.payload);
  -- Whoever has a console open hears of it there; if nothing comes back from it, the push follows.
  patience constant interval := case when exists (
    select from private.operator_presence as r where r.user_id = notification.user_id and r.seen_at > now() - interval '130 seconds'
  ) then interval '6 seconds' else '0' end;
begin
  perform app.enqueue_job(
    'push',
    jsonb_build_object('subscription_id', p.id, 'notification_id', notification.id, 'round', round),
    notification.organization_id, 'push:' || notification.id || ':' || round || ':' || p.id, now() + patience, 2
  )
  from private.push_subscriptions as p where p.user_id = notification.user_id;
end $$;
comment on function app.push_notification(public.notifications) is 'Leaves a job for each browser of the recipient.';

create or replace function app.tell_notification() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not new.channels && '{sound,desktop,push}' and app.is_quiet(new.user_id) then
    perform app.take_notification_step(new.id, app.notification_round(new.payload), 'quiet');
  end if;
  perform realtime.send(app.notification_view(new), 'notification_told', 'user:' || new.user_id, true);
  if 'push' = any (new.channels) and exists (
    select from private.push_subscriptions as p where p.user_id = new.user_id
  ) then
    perform app.push_notification(new);
  end if;
  return null;
end $$;
