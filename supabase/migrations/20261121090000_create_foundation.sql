-- Nothing is granted by default: every table and function names who may use it.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
alter default privileges in schema public revoke execute on functions from anon, authenticated;

create schema app;
comment on schema app is 'Policy helpers, triggers and shared pieces of the API. Not exposed by the Data API.';
grant usage on schema app to anon, authenticated, service_role;

create schema private;
comment on schema private is 'Secrets and bookkeeping. No client role has any right here.';

create table private.settings (
  key text primary key,
  value text not null
);
comment on table private.settings is
  'Where SQL reaches the outside: functions_url (…/functions/v1) and secret_key. Written by the deployment.';
alter table private.settings enable row level security;

create function app.touch_updated_at() returns trigger
language plpgsql security invoker set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end $$;

-- PostgREST answers SQLSTATE PTxyz with HTTP status xyz; `message` is an ErrorCode of packages/contracts.
create function app.refuse(status integer, code text, details jsonb default null) returns void
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT' || status, message = code, detail = coalesce(details::text, '');
end $$;
-- Also called by functions that run with the caller's rights.
grant execute on function app.refuse to anon, authenticated;
comment on function app.refuse is 'Raises a refusal that clients understand: HTTP status, ErrorCode, JSON details.';
