-- The roles, schemas and privileges of a fresh hosted project. Runs once, in one transaction, as the
-- superuser supabase_admin, before Auth and Storage create their tables.
-- Passwords of the login roles are set by bootstrap.ts.

create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
create role supabase_auth_admin login noinherit createrole;
create role supabase_storage_admin login noinherit createrole;
create role supabase_realtime_admin nologin noinherit;
create role dashboard_user nologin createdb createrole replication;

-- Migrations run as this role. It is no superuser, so that what a hosted project refuses fails here first.
create role postgres login createdb createrole replication bypassrls;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres with admin option;

-- Hosted, an extension of the server lets `postgres` make policies and triggers on tables that it does
-- not own. Here membership does; refuse_managed_ddl() below takes back what membership gives beyond that.
grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;

alter database postgres owner to postgres;
alter schema public owner to postgres;
grant usage on schema public to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  grant all on functions to postgres, anon, authenticated, service_role;

create schema extensions authorization postgres;
grant usage on schema extensions to anon, authenticated, service_role;
create extension pgcrypto with schema extensions;
create extension "uuid-ossp" with schema extensions;
create extension pg_stat_statements with schema extensions;

create schema auth authorization supabase_auth_admin;
create schema storage authorization supabase_storage_admin;
create schema realtime authorization supabase_realtime_admin;
grant usage on schema auth, storage, realtime to anon, authenticated, service_role;
grant all on schema auth, storage to dashboard_user;
grant usage on schema auth, storage, realtime to postgres with grant option;

-- `supabase db push` keeps its history here, and fails when the schema is not its own.
create schema supabase_migrations authorization postgres;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

-- What Data API and Realtime tell a request, read back. For postgres_changes it is the JSON form only.
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )::text
$$;

create function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )::text
$$;

create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
alter function auth.email() owner to supabase_auth_admin;
alter function auth.jwt() owner to supabase_auth_admin;

-- A hosted project refuses to change Auth, Storage and Realtime, except for policies and triggers.
create function extensions.refuse_managed_ddl() returns event_trigger language plpgsql as $$
declare
  managed constant text[] := array['auth', 'storage', 'realtime'];
  -- Asked before the list of commands, which costs more than most of them: a first start runs thousands.
  allowed constant text[] := array[
    'CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER', 'COMMENT', 'GRANT', 'REVOKE'
  ];
  refused text;
begin
  if tg_tag = any (allowed) then
    return;
  end if;
  if tg_event = 'sql_drop' then
    select object_identity into refused
    from pg_catalog.pg_event_trigger_dropped_objects()
    where original
      and schema_name = any (managed)
      and object_type not in ('policy', 'trigger');
  else
    select object_identity into refused
    from pg_catalog.pg_event_trigger_ddl_commands()
    where schema_name = any (managed)
      and not in_extension
      and command_tag <> all (allowed);
  end if;
  if refused is not null
    and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
  then
    raise insufficient_privilege using
      message = format('must be owner of %s', refused),
      hint = 'Auth, Storage and Realtime are managed: a hosted project refuses this as well.';
  end if;
end
$$;

create event trigger refuse_managed_ddl on ddl_command_end
  execute function extensions.refuse_managed_ddl();
create event trigger refuse_managed_drop on sql_drop
  execute function extensions.refuse_managed_ddl();

-- Every migration tells the Data API to look at the schema again: once for each transaction.
create function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql as $$
begin
  if current_setting('pgrst.told', true) = pg_current_xact_id()::text then
    return;
  end if;
  if exists (
    select from pg_catalog.pg_event_trigger_ddl_commands()
    where schema_name is distinct from 'pg_temp'
  ) then
    notify pgrst, 'reload schema';
    -- A savepoint that is rolled back takes this along with the notification.
    perform set_config('pgrst.told', pg_current_xact_id()::text, true);
  end if;
end
$$;

create function extensions.pgrst_drop_watch() returns event_trigger language plpgsql as $$
begin
  if exists (select from pg_catalog.pg_event_trigger_dropped_objects() where not is_temporary) then
    notify pgrst, 'reload schema';
  end if;
end
$$;

create event trigger pgrst_ddl_watch on ddl_command_end
  execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop
  execute function extensions.pgrst_drop_watch();
