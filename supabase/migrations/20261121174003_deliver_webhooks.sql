-- Four runners per webhook: an endpoint that hangs holds no more of the worker than that.
create function public.claim_webhook_delivery(webhook_id uuid, runner uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  webhook public.webhooks;
  delivery public.webhook_deliveries;
begin
  select * into webhook from public.webhooks as w where w.id = claim_webhook_delivery.webhook_id;
  -- What this job began before its worker died.
  update public.webhook_deliveries as d set runner = null, next_attempt_at = now()
  where d.webhook_id = webhook.id and d.status = 'pending' and d.runner = claim_webhook_delivery.runner;
  if (
    select count(*) from public.webhook_deliveries as d
    where d.webhook_id = webhook.id and d.status = 'pending' and d.runner is not null
      and d.next_attempt_at > now() and d.next_attempt_at < 'infinity'
  ) >= 4 then
    return null;
  end if;
  update public.webhook_deliveries as d set
    runner = claim_webhook_delivery.runner, next_attempt_at = now() + interval '30 seconds', attempts = d.attempts + 1
  where d.id = (
    select due.id from public.webhook_deliveries as due
    where due.webhook_id = webhook.id and due.status = 'pending' and due.next_attempt_at <= now()
      and (webhook.active or due.event = 'test')
    order by due.next_attempt_at, due.ordinal limit 1 for update skip locked
  )
  returning d.* into delivery;
  if delivery.id is null then
    return null;
  end if;
  return (
    select jsonb_build_object(
      'id', delivery.id, 'event_id', delivery.event_id, 'url', webhook.url, 'body', delivery.payload::text,
      'secrets', jsonb_build_array(s.secret)
        || case when s.previous_valid_until > now() then jsonb_build_array(s.previous_secret) else '[]' end
    )
    from private.webhook_secrets as s where s.webhook_id = webhook.id
  );
end $$;
comment on function public.claim_webhook_delivery is
  'For the worker: ClaimedDelivery, the oldest that is due, held for 30 s; null when there is none or four are under way. security definer: secrets are private.';

create function app.free_lane(webhook_id uuid, lane uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(free_lane.webhook_id::text || free_lane.lane, 0));
  update public.webhook_deliveries as d set next_attempt_at = now()
  where d.id = (
    select waiting.id from public.webhook_deliveries as waiting
    where waiting.webhook_id = free_lane.webhook_id and waiting.lane = free_lane.lane and waiting.status = 'pending'
    order by waiting.ordinal limit 1
  )
  and d.next_attempt_at = 'infinity'
  -- A replay may be under way in the lane.
  and not exists (
    select from public.webhook_deliveries as other
    where other.webhook_id = free_lane.webhook_id and other.lane = free_lane.lane and other.status = 'pending'
      and other.next_attempt_at < 'infinity'
  );
end $$;
comment on function app.free_lane is
  'The next delivery of a lane is due, when none before it is pending. security definer: nobody writes deliveries but functions.';

create function app.delivery_delay(attempts integer, retry_after integer) returns interval
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- 5 s, 20 s, 80 s … 12 h, a quarter more or less, and never sooner than the other side asked.
  return greatest(
    least(5 * power(4, least(delivery_delay.attempts, 10) - 1), 43200) * (0.75 + random() / 2),
    least(coalesce(delivery_delay.retry_after, 0), 86400)
  ) * interval '1 second';
end $$;
comment on function app.delivery_delay is 'How long a delivery waits after this many tries.';

create function public.record_webhook_delivery(delivery_id uuid, runner uuid, outcome jsonb) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  delivery public.webhook_deliveries;
  webhook public.webhooks;
  code constant integer := (outcome ->> 'response_code')::integer;
  delivered constant boolean := coalesce(code between 200 and 299, false);
  due timestamptz;
begin
  select * into delivery from public.webhook_deliveries as d
  where d.id = delivery_id and d.runner = record_webhook_delivery.runner and d.status = 'pending' for update;
  if not found then
    return null;
  end if;
  due := case when not delivered then now() + app.delivery_delay(delivery.attempts, (outcome ->> 'retry_after')::integer) end;
  if due > delivery.retry_until or outcome -> 'final' = 'true' then
    due := null;
  end if;
  update public.webhook_deliveries as d set
    status = (case when delivered then 'delivered' when due is null then 'dead' else 'pending' end)::public.webhook_delivery_status,
    next_attempt_at = due, runner = null, last_attempt_at = now(), delivered_at = case when delivered then now() end,
    response_code = code, latency_ms = (outcome ->> 'latency_ms')::integer,
    response_excerpt = left(outcome ->> 'response_excerpt', 1000), last_error = left(outcome ->> 'error', 1000)
  where d.id = delivery.id;
  update public.webhooks as w set
    failing_since = case when not delivered then coalesce(w.failing_since, now()) end,
    -- 410: whoever was there said to stop.
    active = w.active and code is distinct from 410
  where w.id = delivery.webhook_id and ((w.failing_since is null) is distinct from delivered or code = 410);
  if due is not null then
    select * into webhook from public.webhooks as w where w.id = delivery.webhook_id;
    perform app.enqueue_delivery(webhook, delivery.id || ':' || delivery.attempts || ':' || due, due);
  else
    perform app.free_lane(delivery.webhook_id, delivery.lane);
  end if;
  return case when delivered then 'delivered' when due is null then 'dead' else 'pending' end;
end $$;
comment on function public.record_webhook_delivery is
  'For the worker: how a try ended (DeliveryOutcome). Answers the state now, null when another runner holds the delivery by now. security definer: as above.';

revoke execute on function public.claim_webhook_delivery, public.record_webhook_delivery from public, anon, authenticated;
grant execute on function public.claim_webhook_delivery, public.record_webhook_delivery to service_role;
