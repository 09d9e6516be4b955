-- What needs the tables of Auth and Storage, as the superuser. The API runs it after each start of
-- @supabase/lite, which makes those tables and puts simpler versions of the auth functions in place.

create or replace function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create or replace function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )::text
$$;

create or replace function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )::text
$$;

create or replace function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

-- Made by the superuser, owned as on a hosted project.
do $$
declare
  managed record;
begin
  for managed in
    select
      relation.oid::regclass as name,
      case relation.relnamespace::regnamespace::text
        when 'auth' then 'supabase_auth_admin'
        else 'supabase_storage_admin'
      end as owner
    from pg_catalog.pg_class relation
    where relation.relnamespace in ('auth'::regnamespace, 'storage'::regnamespace)
      and relation.relkind in ('r', 'p', 'v')
      and relation.relowner = 'supabase_admin'::regrole
  loop
    execute format('alter table %s owner to %I', managed.name, managed.owner);
  end loop;

  for managed in
    select
      routine.oid::regprocedure as name,
      case routine.pronamespace::regnamespace::text
        when 'auth' then 'supabase_auth_admin'
        else 'supabase_storage_admin'
      end as owner
    from pg_catalog.pg_proc routine
    where routine.pronamespace in ('auth'::regnamespace, 'storage'::regnamespace)
      and routine.proowner = 'supabase_admin'::regrole
  loop
    execute format('alter function %s owner to %I', managed.name, managed.owner);
  end loop;
end
$$;

grant all on all tables in schema auth to postgres, dashboard_user;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
grant all on storage.buckets, storage.objects to postgres with grant option;
