create table public.api_keys (
  id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 120),
  prefix text not null,
  scopes text[] not null check (
    cardinality(scopes) >= 1 and scopes <@ array[
      'conversations:read', 'conversations:write', 'messages:read', 'messages:write', 'visitors:read', 'visitors:write'
    ]
  ),
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
comment on table public.api_keys is 'Keys of an organisation for the REST API; the secret is shown once.';
comment on column public.api_keys.prefix is 'How the key begins, to recognise it.';
create index on public.api_keys (organization_id, created_at desc);
create index on public.api_keys (created_by);

create table private.api_key_hashes (
  key_hash bytea primary key check (octet_length(key_hash) = 32),
  api_key_id uuid not null unique references public.api_keys (id) on delete cascade
);
comment on table private.api_key_hashes is 'SHA-256 of each API key.';
alter table private.api_key_hashes enable row level security;

alter table public.api_keys enable row level security;
grant select on public.api_keys to authenticated;

create policy "admins read the API keys of their organisations" on public.api_keys
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

create function app.set_api_key_secret(api_key_id uuid) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  secret text := app.new_secret('ciq_');
  api_key public.api_keys;
begin
  insert into private.api_key_hashes as known (key_hash, api_key_id)
  values (app.hash_secret(secret), set_api_key_secret.api_key_id)
  on conflict on constraint api_key_hashes_api_key_id_key do update set key_hash = excluded.key_hash;
  update public.api_keys as k set prefix = left(secret, 10) where k.id = set_api_key_secret.api_key_id
  returning k.* into api_key;
  return to_jsonb(api_key) || jsonb_build_object('secret', secret);
end $$;

-- security definer: the hashes are private; the check of the admin is here.
create function public.create_api_key(
  key_id uuid, organization_id uuid, name text, scopes text[], expires_at timestamptz default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.require_role(create_api_key.organization_id, 'admin');
  insert into public.api_keys (id, organization_id, name, prefix, scopes, created_by, expires_at)
  values (
    create_api_key.key_id, create_api_key.organization_id, app.clean_name(create_api_key.name), '',
    create_api_key.scopes, (select auth.uid()), create_api_key.expires_at
  )
  on conflict (id) do nothing;
  if found then
    perform app.take_token('api_key:' || create_api_key.organization_id, 20, 5);
  end if;
  -- After a lost answer nobody knows the secret: the maker gets another one, as long as the key is new and unused.
  perform from public.api_keys as k
  where k.id = create_api_key.key_id and k.organization_id = create_api_key.organization_id
    and k.created_by = (select auth.uid()) and k.last_used_at is null and k.revoked_at is null
    and k.created_at > now() - interval '10 minutes'
  for update;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  return app.set_api_key_secret(create_api_key.key_id);
exception when not_null_violation or check_violation then
  perform app.refuse(422, 'invalid_input');
end $$;
comment on function public.create_api_key is
  'Makes a key and answers it with its secret, this once; a repeat within ten minutes answers another secret in place of the lost one.';

-- security definer: nobody writes keys but the functions here.
create function public.revoke_api_key(key_id uuid) returns public.api_keys
language plpgsql volatile security definer set search_path = ''
as $$
declare
  api_key public.api_keys;
begin
  update public.api_keys as k set revoked_at = coalesce(k.revoked_at, now())
  where k.id = revoke_api_key.key_id and k.organization_id = any (array(select app.my_organization_ids('admin')))
  returning k.* into api_key;
  if api_key.id is null then
    perform app.refuse(404, 'api_key_not_found');
  end if;
  return api_key;
end $$;
comment on function public.revoke_api_key is 'The key stops working at once.';

create function public.use_api_key(key_hash text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  api_key public.api_keys;
begin
  select k.* into api_key from public.api_keys as k
  join private.api_key_hashes as h on h.api_key_id = k.id
  join public.organizations as o on o.id = k.organization_id
  where h.key_hash = decode(use_api_key.key_hash, 'hex') and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > now()) and o.deleted_at is null;
  if api_key.id is null then
    return null;
  end if;
  if api_key.last_used_at is null or api_key.last_used_at < now() - interval '1 minute' then
    update public.api_keys as k set last_used_at = now() where k.id = api_key.id;
  end if;
  return jsonb_build_object('api_key_id', api_key.id, 'organization_id', api_key.organization_id, 'scopes', api_key.scopes);
end $$;
comment on function public.use_api_key is
  'For the REST API: whose key has this hex SHA-256, and what it may; null when it may nothing. security definer: hashes are private.';

revoke execute on function public.use_api_key from public, anon, authenticated;
grant execute on function public.use_api_key to service_role;
grant execute on function public.create_api_key, public.revoke_api_key to authenticated;
