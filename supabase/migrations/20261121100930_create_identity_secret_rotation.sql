alter table private.site_secrets
add column version integer not null default 1,
add column previous_secret text,
add column previous_valid_until timestamptz,
add check ((previous_secret is null) = (previous_valid_until is null));
comment on column private.site_secrets.version is 'Counts rotations, so that a repeated call does not rotate twice.';

drop function public.site_identity_secret;

create function public.site_identity_secrets(site_key text) returns text[]
language sql stable security definer set search_path = ''
as $$
  select coalesce((
    select array_remove(array[
      secrets.identity_secret, case when secrets.previous_valid_until > now() then secrets.previous_secret end
    ], null)
    from private.site_secrets as secrets
    join public.sites on sites.id = secrets.site_id
    where sites.id = app.site_id_of_key(site_identity_secrets.site_key) and sites.archived_at is null
  ), '{}')
$$;
comment on function public.site_identity_secrets is
  'Secrets that sign the identities of a site, newest first, for the functions that verify them; none for an unknown key. security definer: secrets are private.';

create function app.identity_secret(secrets private.site_secrets) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'secret', secrets.identity_secret, 'version', secrets.version,
    'previous_valid_until', case when secrets.previous_valid_until > now() then secrets.previous_valid_until end
  )
$$;
comment on function app.identity_secret is 'RotatedSecret of packages/contracts.';

-- security definer: secrets are private; the check of the admin is here.
create function public.read_identity_secret(site_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(read_identity_secret.site_id);
begin
  perform app.audit(site.organization_id, site.id, 'read', 'identity_secret', site.id::text, null, null);
  return (select app.identity_secret(s) from private.site_secrets as s where s.site_id = site.id);
end $$;
comment on function public.read_identity_secret is 'RotatedSecret with which the customer''s server signs visitors, for admins.';

-- security definer: for the same reason.
create function public.rotate_identity_secret(site_id uuid, version integer, overlap_hours integer default 168)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(rotate_identity_secret.site_id);
begin
  if rotate_identity_secret.overlap_hours is null or rotate_identity_secret.overlap_hours not between 0 and 2160 then
    perform app.refuse(422, 'invalid_input', '{"argument": "overlap_hours"}');
  end if;
  -- A repeat after a lost answer names the version before: nothing more happens.
  update private.site_secrets as s set
    previous_secret = s.identity_secret,
    previous_valid_until = now() + make_interval(hours => rotate_identity_secret.overlap_hours),
    identity_secret = encode(extensions.gen_random_bytes(32), 'hex'),
    version = s.version + 1
  where s.site_id = site.id and s.version = rotate_identity_secret.version;
  if found then
    perform app.audit(site.organization_id, site.id, 'update', 'identity_secret', site.id::text, null, null);
  end if;
  return (select app.identity_secret(s) from private.site_secrets as s where s.site_id = site.id);
end $$;
comment on function public.rotate_identity_secret is
  'A new secret in place of this version; the old one is accepted for overlap_hours more. A repeat with the old version changes nothing.';

revoke execute on function public.site_identity_secrets from public, anon, authenticated;
grant execute on function public.site_identity_secrets to service_role;
grant execute on function public.read_identity_secret, public.rotate_identity_secret to authenticated;
