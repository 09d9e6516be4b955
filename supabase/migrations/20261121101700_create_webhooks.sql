create type public.webhook_delivery_status as enum ('pending', 'delivered', 'dead');

create function app.known_events(events text[]) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select known_events.events <@ array[
    'conversation.created', 'conversation.updated', 'conversation.closed', 'conversation.reopened', 'conversation.assigned',
    'conversation.labelled', 'conversation.rated', 'message.created', 'message.updated', 'visitor.created',
    'visitor.updated', 'visitor.erased'
  ]
$$;
comment on function app.known_events is 'Whether these are events that a webhook can ask for.';
-- A check constraint runs with the rights of whoever writes the row.
grant execute on function app.known_events to authenticated, service_role;

create table public.webhooks (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  site_id uuid,
  name text not null default '' check (char_length(name) <= 120),
  url text not null check (char_length(url) <= 2000 and url ~ '^https://[^\s/?#@]+([/?][^\s#]*)?$'),
  events text[] not null check (cardinality(events) between 1 and 30),
  active boolean not null default true,
  failing_since timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, organization_id),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  constraint webhooks_events_known check (app.known_events(events))
);
comment on table public.webhooks is 'Where other systems hear of events; https only, no credentials in the address.';
comment on column public.webhooks.site_id is 'Only events of this site; null for all sites of the organisation.';
comment on column public.webhooks.failing_since is 'Since when no delivery got through; kept by the dispatcher.';
create index on public.webhooks (organization_id);
create index on public.webhooks (site_id, organization_id);

create table private.webhook_secrets (
  webhook_id uuid primary key references public.webhooks (id) on delete cascade,
  secret text not null,
  version integer not null default 1,
  previous_secret text,
  previous_valid_until timestamptz,
  check ((previous_secret is null) = (previous_valid_until is null))
);
comment on table private.webhook_secrets is
  'Secret that signs deliveries (Standard Webhooks: whsec_ and base64); after a rotation both sign for a while.';
alter table private.webhook_secrets enable row level security;

create table public.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  event text not null check (app.known_events(array[event]) or event = 'test'),
  conversation_id uuid references public.conversations (id) on delete cascade,
  payload jsonb not null check (jsonb_typeof(payload) = 'object'),
  status public.webhook_delivery_status not null default 'pending',
  attempts integer not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz default now() check ((next_attempt_at is not null) = (status = 'pending')),
  last_attempt_at timestamptz,
  response_code integer check (response_code between 100 and 599),
  response_excerpt text check (char_length(response_excerpt) <= 1000),
  last_error text check (char_length(last_error) <= 1000),
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  unique (webhook_id, event_id),
  foreign key (webhook_id, organization_id) references public.webhooks (id, organization_id) on delete cascade
);
comment on table public.webhook_deliveries is 'Each event for each webhook, once; kept to be looked at and replayed.';
comment on column public.webhook_deliveries.event_id is 'The same for all webhooks and all tries: receivers drop repeats by it.';
comment on column public.webhook_deliveries.conversation_id is 'Deliveries of one conversation go out in the order they were made.';
create index webhook_deliveries_due on public.webhook_deliveries (next_attempt_at) where status = 'pending';
create index on public.webhook_deliveries (webhook_id, organization_id, created_at desc);
create index on public.webhook_deliveries (webhook_id, conversation_id, created_at) where status = 'pending';
create index on public.webhook_deliveries (organization_id, created_at desc);
create index on public.webhook_deliveries (conversation_id);
create index on public.webhook_deliveries (created_at);

create trigger touch_updated_at before update on public.webhooks
for each row execute function app.touch_updated_at();

create function app.new_webhook_secret() returns text
language sql volatile security invoker set search_path = ''
as $$
  select 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64')
$$;

-- security definer: whoever may make a webhook gets its secret with it.
create function app.create_webhook_secret() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.webhook_secrets (webhook_id, secret) values (new.id, app.new_webhook_secret());
  return null;
end $$;

create trigger create_webhook_secret after insert on public.webhooks
for each row execute function app.create_webhook_secret();

alter table public.webhooks enable row level security;
alter table public.webhook_deliveries enable row level security;
grant
  select, delete,
  insert (id, organization_id, site_id, name, url, events, active),
  update (site_id, name, url, events, active)
on public.webhooks to authenticated;
grant select on public.webhook_deliveries to authenticated;

create policy "admins read webhooks" on public.webhooks
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins make webhooks" on public.webhooks
for insert to authenticated
with check (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins edit webhooks" on public.webhooks
for update to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))))
with check (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins delete webhooks" on public.webhooks
for delete to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins read webhook deliveries" on public.webhook_deliveries
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));
