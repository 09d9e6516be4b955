-- The outbox of webhooks: rows of webhook_deliveries, written in the transaction that causes the event.
create or replace function app.known_events(events text[]) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select known_events.events <@ array[
    'conversation.created', 'conversation.updated', 'conversation.closed', 'conversation.reopened', 'conversation.assigned',
    'conversation.labelled', 'conversation.rated', 'message.created', 'message.edited', 'message.redacted',
    'message.updated', 'visitor.created', 'visitor.updated', 'visitor.erased'
  ]
$$;
update public.webhooks set events = array_remove(events, 'message.updated') || '{message.edited,message.redacted}'
where 'message.updated' = any (events);

alter table public.webhooks drop constraint webhooks_url_check, add constraint webhooks_url_check check (
  char_length(url) <= 2000 and url ~ '^(https://|http://(localhost|127\.0\.0\.1|\[::1\])[:/])[^\s?#@]+(\?[^\s#]*)?$'
  and url ~ '^https?://[^\s/?#@]+([/?][^\s#]*)?$'
);
comment on column public.webhooks.url is
  'https; http only to this machine, where the worker of a hosted project refuses to go.';

alter table public.webhook_deliveries
  add column ordinal bigint generated always as identity,
  add column lane uuid,
  add column runner uuid,
  add column retry_until timestamptz not null default now() + interval '3 days',
  add column latency_ms integer check (latency_ms >= 0);
comment on column public.webhook_deliveries.ordinal is 'The order in which events were made.';
comment on column public.webhook_deliveries.lane is
  'What the event is about: deliveries of one lane (a conversation, a visitor) go out one after the other, in order.';
comment on column public.webhook_deliveries.runner is 'The job that is delivering now; it holds the delivery until next_attempt_at.';
comment on column public.webhook_deliveries.retry_until is 'A try that fails after this is the last.';
comment on column public.webhook_deliveries.next_attempt_at is
  'When the next try is due; infinity while an earlier delivery of the lane is not through.';
update public.webhook_deliveries set lane = coalesce(conversation_id, id);
alter table public.webhook_deliveries alter column lane set default gen_random_uuid(), alter column lane set not null;
drop index public.webhook_deliveries_due, public.webhook_deliveries_webhook_id_conversation_id_created_at_idx;
create index webhook_deliveries_due on public.webhook_deliveries (webhook_id, next_attempt_at, ordinal) where status = 'pending';
create index webhook_deliveries_lane on public.webhook_deliveries (webhook_id, lane, ordinal) where status = 'pending';
create index webhook_deliveries_dead on public.webhook_deliveries (webhook_id, ordinal) where status = 'dead';

-- The job is the same for all events of a transaction; it looks for whatever is due.
create function app.enqueue_delivery(webhook public.webhooks, key text, run_at timestamptz default now()) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.enqueue_job(
    'deliver_webhooks', jsonb_build_object('webhook_id', webhook.id), webhook.organization_id,
    'webhook:' || webhook.id || ':' || key, run_at
  );
end $$;
comment on function app.enqueue_delivery is
  'Leaves a job that delivers what is due for a webhook. security definer: whoever causes an event does so.';

create function app.add_delivery(
  webhook public.webhooks, event text, lane uuid, conversation_id uuid, payload jsonb, event_id uuid
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Until this commits nobody may find that the lane is empty: what waits behind another one is freed by that look.
  perform pg_advisory_xact_lock(hashtextextended(webhook.id::text || add_delivery.lane, 0));
  insert into public.webhook_deliveries (
    organization_id, webhook_id, event_id, event, lane, conversation_id, payload, next_attempt_at
  )
  values (
    webhook.organization_id, webhook.id, add_delivery.event_id, add_delivery.event, add_delivery.lane,
    add_delivery.conversation_id, add_delivery.payload,
    case when exists (
      select from public.webhook_deliveries as d
      where d.webhook_id = webhook.id and d.lane = add_delivery.lane and d.status = 'pending'
    ) then 'infinity' else now() end
  )
  on conflict on constraint webhook_deliveries_webhook_id_event_id_key do nothing;
  perform app.enqueue_delivery(webhook, pg_current_xact_id()::text);
end $$;
comment on function app.add_delivery is
  'One event for one webhook, and the job that delivers it. security definer: nobody writes deliveries but functions.';

create function app.publish_event(
  organization_id uuid, site_id uuid, event text, lane uuid, conversation_id uuid, data jsonb
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  event_id constant uuid := gen_random_uuid();
  webhook public.webhooks;
begin
  for webhook in
    select * from public.webhooks as w
    where w.organization_id = publish_event.organization_id and w.active and publish_event.event = any (w.events)
      and (w.site_id is null or w.site_id = publish_event.site_id)
    -- Every transaction takes the locks of lanes in this order.
    order by w.id
  loop
    perform app.add_delivery(
      webhook, publish_event.event, publish_event.lane, publish_event.conversation_id,
      jsonb_build_object(
        'type', publish_event.event, 'timestamp', clock_timestamp(),
        'organization_id', publish_event.organization_id, 'data', publish_event.data
      ),
      event_id
    );
  end loop;
end $$;
comment on function app.publish_event is
  'Tells the webhooks that asked for it, after this transaction commits. security definer: webhooks are the admins'' business.';

create function app.has_listeners(organization_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select from public.webhooks as w where w.organization_id = has_listeners.organization_id and w.active);
end $$;
comment on function app.has_listeners is
  'Asked before an event is put together: a send of an organisation without webhooks pays one look into an index. security definer: as above.';
