-- The part of pg_net that migrations use, sent by the stack instead of a background worker (net.ts).
-- Runs at every start, as the superuser.

create schema if not exists net;
revoke all on schema net from public;
grant usage on schema net to postgres, service_role;

create table if not exists net.http_request_queue (
  id bigint primary key generated always as identity,
  method text not null check (method in ('GET', 'POST')),
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null check (timeout_milliseconds > 0)
);
comment on table net.http_request_queue is 'Requests of committed transactions that have no answer yet.';

create table if not exists net._http_response (
  id bigint primary key,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create index if not exists _http_response_created_idx on net._http_response (created);
comment on table net._http_response is 'Answers of the last hours.';

create or replace function net._urlencode_string(string text) returns text
language sql immutable strict parallel safe set search_path = ''
as $$
  select coalesce(string_agg(
    case
      when character ~ '^[A-Za-z0-9_.~-]$' then character
      else regexp_replace(upper(encode(convert_to(character, 'UTF8'), 'hex')), '(..)', '%\1', 'g')
    end,
    '' order by position), '')
  from regexp_split_to_table(string, '') with ordinality as part (character, position)
$$;

create or replace function net._url_with_params(url text, params jsonb) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select url || coalesce(
    case when strpos(url, '?') > 0 then '&' else '?' end
      || string_agg(net._urlencode_string(key) || '=' || net._urlencode_string(value), '&'),
    '')
  from jsonb_each_text(params)
$$;

-- A statement trigger and not the functions below: a wake-up is sent for whatever gets into the queue.
create or replace function net._wake() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_notify('net_http_request_queue', '');
  return null;
end
$$;
create or replace trigger _wake after insert on net.http_request_queue
  for each statement execute function net._wake();

-- security definer: callers may enqueue a request, but not read what others send.
create or replace function net.http_post(
  url text,
  body jsonb default '{}',
  params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000
) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  request_id bigint;
  content_type text := (
    select header.value from jsonb_each_text(http_post.headers) as header
    where lower(header.key) = 'content-type' limit 1
  );
begin
  if content_type is null then
    headers := coalesce(http_post.headers, '{}') || '{"Content-Type": "application/json"}';
  elsif content_type !~* '^application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    'POST',
    net._url_with_params(http_post.url, http_post.params),
    http_post.headers,
    convert_to(http_post.body::text, 'UTF8'),
    http_post.timeout_milliseconds
  )
  returning id into request_id;
  return request_id;
end
$$;

create or replace function net.http_get(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000
) returns bigint
language sql volatile security definer set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values (
    'GET',
    net._url_with_params(http_get.url, http_get.params),
    http_get.headers,
    http_get.timeout_milliseconds
  )
  returning id
$$;

revoke all on all functions in schema net from public;
grant execute on function net.http_post, net.http_get to postgres, service_role;
grant all on net.http_request_queue, net._http_response to postgres;
grant select on net._http_response to service_role;
