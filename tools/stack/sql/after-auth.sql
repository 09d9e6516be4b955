-- What needs the tables of Auth and Storage, which the API makes at each start: runs right after
-- that, as the superuser, and may run again.

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
