-- Schema realtime as Supabase ships it: messages, the functions that write to it, its publication.
-- Run once, by supabase_admin, after bootstrap.sql. realtime-changes.sql adds what postgres_changes needs.

create schema if not exists realtime authorization supabase_realtime_admin;
grant usage on schema realtime to postgres, anon, authenticated, service_role, dashboard_user;
grant all on schema realtime to supabase_realtime_admin with grant option;
grant all on schema realtime to postgres, dashboard_user;
grant anon, authenticated, service_role to supabase_realtime_admin;

-- inserted_at has no time zone and decides the partition, so every session must agree on one.
do $$
begin
  execute format('alter database %I set timezone to %L', current_database(), 'UTC');
end
$$;

create table realtime.schema_migrations (
  version bigint primary key,
  inserted_at timestamp(0) default now()
);
comment on table realtime.schema_migrations is 'Kept for tools that look for it; this server does not use it.';

create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  primary key (id, inserted_at)
) partition by range (inserted_at);
comment on table realtime.messages is
  'What the database broadcasts, one partition per UTC day; its policies decide who may join and send.';

alter table realtime.messages add constraint messages_payload_exclusive
  check (payload is null or binary_payload is null) not valid;
create index messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;
alter table realtime.messages enable row level security;
alter table realtime.messages owner to supabase_realtime_admin;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant all on realtime.messages to postgres, dashboard_user;

create function realtime.topic() returns text
language sql stable
as $$ select nullif(current_setting('realtime.topic', true), '') $$;
comment on function realtime.topic() is 'The topic whose access is being decided; for policies on messages.';

-- A broadcast that fails must never fail the transaction it reports on: hence the warnings.
-- inserted_at is spelled out so that a session in another time zone still writes UTC.
create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void
language plpgsql
as $$
declare
  message_id uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', send.topic, true);
  insert into realtime.messages (id, payload, event, topic, private, extension, inserted_at)
  values (
    message_id,
    case
      when send.payload ? 'id' then send.payload
      else jsonb_set(send.payload, '{id}', to_jsonb(message_id))
    end,
    send.event,
    send.topic,
    send.private,
    'broadcast',
    timezone('utc', now())
  );
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;
comment on function realtime.send(jsonb, text, text, boolean) is
  'Broadcasts a JSON object on a topic when the transaction commits.';

create function realtime.send_binary(
  payload bytea,
  event text,
  topic text,
  private boolean default true
)
returns void
language plpgsql
as $$
begin
  perform set_config('realtime.topic', send_binary.topic, true);
  insert into realtime.messages (binary_payload, event, topic, private, extension, inserted_at)
  values (
    send_binary.payload,
    send_binary.event,
    send_binary.topic,
    send_binary.private,
    'broadcast',
    timezone('utc', now())
  );
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;
comment on function realtime.send_binary(bytea, text, text, boolean) is
  'Broadcasts raw bytes on a topic when the transaction commits.';

create function realtime.broadcast_changes(
  topic_name text,
  event_name text,
  operation text,
  table_name text,
  table_schema text,
  new record,
  old record,
  level text default 'ROW'
)
returns void
language plpgsql
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'schema', table_schema,
      'table', table_name,
      'operation', operation,
      'record', case when operation = 'DELETE' then null else to_jsonb(new) end,
      'old_record', case when operation = 'INSERT' then null else to_jsonb(old) end
    ),
    event_name,
    topic_name
  );
exception
  when others then
    raise exception 'Failed to process the row: %', sqlerrm;
end
$$;
comment on function realtime.broadcast_changes(text, text, text, text, text, record, record, text) is
  'For row triggers: broadcasts the row change on a private topic.';

alter function realtime.topic() owner to supabase_realtime_admin;
alter function realtime.send(jsonb, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.send_binary(bytea, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.broadcast_changes(text, text, text, text, text, record, record, text)
  owner to supabase_realtime_admin;

create publication supabase_realtime_messages_publication for table realtime.messages;

-- Migrations run as postgres, which is no superuser: this lets them write policies on messages.
grant supabase_realtime_admin to postgres;
