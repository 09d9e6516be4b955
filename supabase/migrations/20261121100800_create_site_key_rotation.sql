create table public.retired_site_keys (
  site_key text primary key,
  organization_id uuid not null,
  site_id uuid not null,
  retired_at timestamptz not null default now(),
  valid_until timestamptz not null,
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade
);
comment on table public.retired_site_keys is
  'Keys that were replaced: each opens its site until valid_until, so that snippets can be exchanged in peace.';
create index on public.retired_site_keys (site_id, valid_until);
create index on public.retired_site_keys (organization_id);

alter table public.retired_site_keys enable row level security;
grant select on public.retired_site_keys to authenticated;

create policy "admins read the retired keys of their sites" on public.retired_site_keys
for select to authenticated
using (site_id = any (array(select app.my_site_ids('admin'))));

create function app.site_id_of_key(site_key text) returns uuid
language sql stable security invoker set search_path = ''
as $$
  select coalesce(
    (select s.id from public.sites as s where s.site_key = site_id_of_key.site_key),
    (select r.site_id from public.retired_site_keys as r
      where r.site_key = site_id_of_key.site_key and r.valid_until > now())
  )
$$;
comment on function app.site_id_of_key is 'The site that this key opens: its own, or one retired not long ago.';

-- Files of keys that still open the site are written, those of keys that ended lately are removed.
create or replace function public.site_to_publish(site_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'site', app.public_site(sites.id),
    'site_key', sites.site_key,
    'overlapping_keys', (
      select coalesce(jsonb_agg(r.site_key order by r.site_key), '[]') from public.retired_site_keys as r
      where r.site_id = sites.id and r.valid_until > now()
    ),
    'ended_keys', (
      select coalesce(jsonb_agg(r.site_key order by r.site_key), '[]') from public.retired_site_keys as r
      where r.site_id = sites.id and r.valid_until between now() - interval '90 days' and now()
    )
  )
  from public.sites where sites.id = site_to_publish.site_id
$$;
comment on function public.site_to_publish is
  'For publish-site: the keys of the site and its PublicSite (null when archived: the files go away).';

-- security definer: nobody writes keys but the functions of this file.
create function public.rotate_site_key(site_id uuid, site_key text, overlap_hours integer default 168)
returns public.sites
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(rotate_site_key.site_id);
  ends timestamptz := now() + make_interval(hours => rotate_site_key.overlap_hours);
begin
  if rotate_site_key.overlap_hours is null or rotate_site_key.overlap_hours not between 0 and 2160 then
    perform app.refuse(422, 'invalid_input', '{"argument": "overlap_hours"}');
  end if;
  select * into site from public.sites as s where s.id = site.id for update;
  -- A repeat after a lost answer names a key that is replaced already: nothing more happens.
  if site.site_key is distinct from rotate_site_key.site_key then
    return site;
  end if;
  insert into public.retired_site_keys (site_key, organization_id, site_id, valid_until)
  values (site.site_key, site.organization_id, site.id, ends);
  update public.sites as s set site_key = app.new_site_key() where s.id = site.id returning s.* into site;
  perform app.enqueue_job(
    'publish_site', jsonb_build_object('site_id', site.id), site.organization_id,
    'publish_site:' || site.id || ':' || extract(epoch from ends), ends + interval '1 second'
  );
  return site;
end $$;
comment on function public.rotate_site_key is
  'Replaces this key of the site; the old one opens it for overlap_hours more (0 to 2,160). A repeat with the old key changes nothing.';

-- security definer: for the same reason.
create function public.end_site_key_overlap(site_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(end_site_key_overlap.site_id);
begin
  update public.retired_site_keys as r set valid_until = now() where r.site_id = site.id and r.valid_until > now();
  if found then
    perform app.request_site_publication(site.id);
  end if;
end $$;
comment on function public.end_site_key_overlap is 'Retired keys of the site stop working at once.';

grant execute on function public.rotate_site_key, public.end_site_key_overlap to authenticated;
grant execute on function app.site_id_of_key to service_role;
