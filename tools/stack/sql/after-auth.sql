-- What needs the tables of Auth and Storage, which the API makes at each start: runs right after
-- that, as the superuser, and may run again.

-- Seeds of hosted projects name these.
alter table auth.users
  add column if not exists instance_id uuid,
  add column if not exists is_super_admin boolean;

-- Second factors, as Auth of a hosted project has them: policies may read them.
do $$
begin
  create type auth.factor_type as enum ('totp', 'webauthn', 'phone');
  create type auth.factor_status as enum ('unverified', 'verified');
exception when duplicate_object then null;
end
$$;

create table if not exists auth.mfa_factors (
  id uuid primary key,
  user_id uuid not null references auth.users on delete cascade,
  friendly_name text,
  factor_type auth.factor_type not null,
  status auth.factor_status not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  secret text,
  phone text,
  last_challenged_at timestamptz unique,
  web_authn_credential jsonb,
  web_authn_aaguid uuid,
  last_webauthn_challenge_data jsonb
);
create unique index if not exists mfa_factors_user_friendly_name_unique
  on auth.mfa_factors (friendly_name, user_id) where trim(friendly_name) <> '';
create index if not exists mfa_factors_user_id_idx on auth.mfa_factors (user_id);

create table if not exists auth.mfa_challenges (
  id uuid primary key,
  factor_id uuid not null references auth.mfa_factors on delete cascade,
  created_at timestamptz not null default now(),
  verified_at timestamptz,
  ip_address inet not null,
  otp_code text,
  web_authn_session_data jsonb
);
create index if not exists mfa_challenges_factor_id_idx on auth.mfa_challenges (factor_id);

create table if not exists auth.mfa_amr_claims (
  id uuid primary key,
  session_id uuid not null references auth.sessions on delete cascade,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  authentication_method text not null,
  constraint mfa_amr_claims_session_id_authentication_method_pkey
    unique (session_id, authentication_method)
);

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
