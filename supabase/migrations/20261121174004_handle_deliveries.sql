create or replace function public.replay_webhook_delivery(delivery_id uuid) returns public.webhook_deliveries
language plpgsql volatile security definer set search_path = ''
as $$
declare
  delivery public.webhook_deliveries;
  webhook public.webhooks;
begin
  update public.webhook_deliveries as d set
    status = 'pending', attempts = 0, next_attempt_at = now(), delivered_at = null,
    retry_until = case when d.event = 'test' then now() else now() + interval '3 days' end
  where d.id = replay_webhook_delivery.delivery_id
    and d.organization_id = any (array(select app.my_organization_ids('admin'))) and d.status <> 'pending'
  returning d.* into delivery;
  if found then
    select * into webhook from public.webhooks as w where w.id = delivery.webhook_id;
    perform app.enqueue_delivery(webhook, delivery.id || ':replay:' || pg_current_xact_id());
    return delivery;
  end if;
  select * into delivery from public.webhook_deliveries as d
  where d.id = replay_webhook_delivery.delivery_id
    and d.organization_id = any (array(select app.my_organization_ids('admin')));
  if delivery.id is null then
    perform app.refuse(404, 'delivery_not_found');
  end if;
  return delivery;
end $$;

create function public.replay_dead_deliveries(webhook_id uuid) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  webhook public.webhooks := app.require_webhook(replay_dead_deliveries.webhook_id);
  lane uuid;
  lanes uuid[];
  replayed integer;
begin
  with again as (
    update public.webhook_deliveries as d set
      -- In the order in which they were made, whatever else is under way there.
      status = 'pending', attempts = 0, next_attempt_at = 'infinity', retry_until = now() + interval '3 days'
    where d.webhook_id = webhook.id and d.status = 'dead' and d.event <> 'test'
    returning d.lane
  )
  select array_agg(distinct again.lane order by again.lane), count(*) into lanes, replayed from again;
  foreach lane in array coalesce(lanes, '{}') loop
    perform app.free_lane(webhook.id, lane);
  end loop;
  if replayed > 0 then
    perform app.enqueue_delivery(webhook, 'replay:' || pg_current_xact_id());
  end if;
  return replayed;
end $$;
comment on function public.replay_dead_deliveries is
  'Sends everything again that a webhook never got, in order; returns how many. security definer: deliveries are written by functions alone.';

create function public.test_webhook(webhook_id uuid, event_id uuid) returns public.webhook_deliveries
language plpgsql volatile security definer set search_path = ''
as $$
declare
  webhook public.webhooks := app.require_webhook(test_webhook.webhook_id);
  delivery public.webhook_deliveries;
begin
  if test_webhook.event_id is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "event_id"}');
  end if;
  if not exists (
    select from public.webhook_deliveries as d where d.webhook_id = webhook.id and d.event_id = test_webhook.event_id
  ) then
    perform app.take_token('webhook_test:' || webhook.id, 10, 10);
    perform app.add_delivery(
      webhook, 'test', test_webhook.event_id, null,
      jsonb_build_object(
        'type', 'test', 'timestamp', clock_timestamp(), 'organization_id', webhook.organization_id,
        'data', jsonb_build_object('webhook_id', webhook.id)
      ),
      test_webhook.event_id
    );
    -- Somebody waits for the answer: one try.
    update public.webhook_deliveries as d set retry_until = now()
    where d.webhook_id = webhook.id and d.event_id = test_webhook.event_id;
  end if;
  select * into delivery from public.webhook_deliveries as d
  where d.webhook_id = webhook.id and d.event_id = test_webhook.event_id;
  return delivery;
end $$;
comment on function public.test_webhook is
  'Sends an event of type test, once, also to a webhook that is switched off; a repeat with the same id answers the same delivery. security definer: as above.';

grant execute on function public.replay_dead_deliveries, public.test_webhook to authenticated;

-- Switched on again: what was left is due.
create function app.resume_webhook() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.enqueue_delivery(new, 'resumed:' || pg_current_xact_id());
  return null;
end $$;
comment on function app.resume_webhook is 'security definer: whoever may switch a webhook on leaves the work behind.';
create trigger resume_webhook after update of active on public.webhooks
for each row when (new.active and not old.active) execute function app.resume_webhook();

create function app.sweep_deliveries() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  webhook public.webhooks;
  late integer := 0;
begin
  for webhook in
    select w.* from public.webhooks as w
    where w.active and exists (
      select from public.webhook_deliveries as d
      where d.webhook_id = w.id and d.status = 'pending' and d.next_attempt_at < now() - interval '1 minute'
    )
  loop
    perform app.enqueue_delivery(webhook, 'late:' || floor(extract(epoch from now()) / 60));
    late := late + 1;
  end loop;
  return late;
end $$;
comment on function app.sweep_deliveries is
  'For the schedule: webhooks whose job was discarded, or ended while a dead runner seemed to work. security definer: called by the schedule.';

do $$
begin
  if not exists (select from pg_extension where extname = 'pg_cron') then
    raise notice 'pg_cron is missing: call app.sweep_deliveries() every minute in another way';
    return;
  end if;
  perform cron.schedule('chatiq-sweep-deliveries', '* * * * *', 'select app.sweep_deliveries()');
end $$;
