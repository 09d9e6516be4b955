-- The extension pg_net, its requests sent by the stack (net.ts) instead of a background worker.

create schema net;
grant usage on schema net to postgres, service_role;

create domain net.http_method as text
  check (value ilike 'get' or value ilike 'post' or value ilike 'delete');

-- Logged, unlike the real one's: a crash loses no committed request.
create table net.http_request_queue (
  id bigserial primary key,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);
comment on table net.http_request_queue is 'Requests of committed transactions that have no answer yet.';

create table net._http_response (
  id bigint primary key,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create index on net._http_response (created);
comment on table net._http_response is 'Answers of the last hours.';

create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');

create type net.http_response as (
  status_code integer,
  headers jsonb,
  body text
);

create type net.http_response_result as (
  status net.request_status,
  message text,
  response net.http_response
);

-- A statement trigger and not the functions below: a wake-up is sent for whatever gets into the queue.
create function net._wake() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_notify('net_http_request_queue', '');
  return null;
end
$$;

create trigger _wake after insert on net.http_request_queue
  for each statement execute function net._wake();

create function net._urlencode_string(string character varying) returns text
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

create function net._encode_url_with_params_array(url text, params_array text[]) returns text
language sql immutable strict parallel safe set search_path = ''
as $$
  select url || case
    when cardinality(params_array) = 0 then ''
    when strpos(url, '?') > 0 then '&' || array_to_string(params_array, '&')
    else '?' || array_to_string(params_array, '&')
  end
$$;

create function net._url_with_params(url text, params jsonb) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select net._encode_url_with_params_array(url, array(
    select net._urlencode_string(key) || '=' || net._urlencode_string(value)
    from jsonb_each_text(params)))
$$;

-- security definer, all of these: callers may enqueue a request, but not read what others send.
create function net.http_get(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000
) returns bigint
language sql strict volatile parallel safe security definer set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values ('GET', net._url_with_params(http_get.url, params), http_get.headers,
    http_get.timeout_milliseconds)
  returning id
$$;

create function net.http_post(
  url text,
  body jsonb default '{}',
  params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000
) returns bigint
language plpgsql volatile parallel safe security definer set search_path = ''
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

create function net.http_delete(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000,
  body jsonb default null
) returns bigint
language sql volatile parallel safe security definer set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values ('DELETE', net._url_with_params(http_delete.url, params), http_delete.headers,
    convert_to(http_delete.body::text, 'UTF8'), http_delete.timeout_milliseconds)
  returning id
$$;

create function net._await_response(request_id bigint) returns boolean
language plpgsql volatile parallel safe strict security definer set search_path = ''
as $$
begin
  while not exists (select from net._http_response where id = request_id) loop
    perform pg_sleep(0.05);
  end loop;
  return true;
end
$$;

create function net._http_collect_response(request_id bigint, async boolean default true)
returns net.http_response_result
language plpgsql volatile parallel safe strict security definer set search_path = ''
as $$
declare
  answer net._http_response;
begin
  if not async then
    perform net._await_response(request_id);
  end if;
  select * into answer from net._http_response where id = request_id;
  if not found then
    if exists (select from net.http_request_queue where id = request_id) then
      return ('PENDING', 'request is pending processing', null)::net.http_response_result;
    end if;
    return ('ERROR', 'request matching request_id not found', null)::net.http_response_result;
  end if;
  if answer.error_msg is not null then
    return ('ERROR', answer.error_msg, null)::net.http_response_result;
  end if;
  return (
    'SUCCESS',
    'ok',
    (answer.status_code, answer.headers, answer.content)::net.http_response
  )::net.http_response_result;
end
$$;

create function net.http_collect_response(request_id bigint, async boolean default true)
returns net.http_response_result
language plpgsql volatile parallel safe strict set search_path = ''
as $$
begin
  raise notice 'The net.http_collect_response function is deprecated.';
  return net._http_collect_response(request_id, async);
end
$$;

-- The stack restarts what sends; callers only see that it was asked to.
create function net.worker_restart() returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
  perform pg_notify('net_http_request_queue', 'restart');
  return true;
end
$$;

create function net.wake() returns void
language plpgsql security definer set search_path = ''
as $$
begin
  perform pg_notify('net_http_request_queue', '');
end
$$;

create function net.check_worker_is_up() returns void
language plpgsql security definer set search_path = ''
as $$
begin
  if not exists (
    select from pg_catalog.pg_stat_activity where application_name = 'stack net listener'
  ) then
    raise exception using
      message = 'the pg_net background worker is not up',
      detail = 'the local stack, which sends the requests, has no connection to this database';
  end if;
end
$$;

revoke execute on all functions in schema net from public;
grant execute on function net.http_get, net.http_post, net.http_delete,
  net._http_collect_response, net.http_collect_response to postgres, service_role;
grant execute on function net.worker_restart, net.wake, net.check_worker_is_up, net._await_response
  to postgres;
grant all on all tables in schema net to postgres;
grant all on all sequences in schema net to postgres;
grant select on net._http_response to service_role;
