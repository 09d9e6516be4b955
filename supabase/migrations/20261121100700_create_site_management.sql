create function app.valid_origins(origins text[]) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(bool_and(coalesce(
    origin = '*'
    or origin ~* '^https?://(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+(:[0-9]{1,5})?$'
    or origin ~* '^https?://\[[0-9a-f:]+\](:[0-9]{1,5})?$', false
  )), true)
  from unnest(origins) as origin
$$;
comment on function app.valid_origins is 'Whether each entry is an origin without path, https://*.domain, or *.';
-- A check constraint runs with the rights of whoever writes the row.
grant execute on function app.valid_origins to authenticated, service_role;

alter table public.sites
add column time_zone text not null default 'UTC' check (char_length(time_zone) <= 64),
add constraint sites_allowed_origins_valid check (app.valid_origins(allowed_origins));
comment on column public.sites.time_zone is 'IANA name: business hours and statistics are counted in it.';

create trigger check_time_zone before insert or update of time_zone on public.sites
for each row execute function app.check_time_zone();

grant update (require_verification, time_zone) on public.sites to authenticated;

create function app.require_site_admin(site_id uuid) returns public.sites
language plpgsql stable security invoker set search_path = ''
as $$
declare
  site public.sites;
begin
  if not coalesce(require_site_admin.site_id = any (array(select app.my_site_ids())), false) then
    perform app.refuse(404, 'site_not_found');
  end if;
  if require_site_admin.site_id <> all (array(select app.my_site_ids('admin'))) then
    perform app.refuse(403, 'forbidden');
  end if;
  select * into site from public.sites where sites.id = require_site_admin.site_id;
  return site;
end $$;
comment on function app.require_site_admin is
  'The site, when the caller is an admin of it; a foreign site looks like one that does not exist.';

-- security definer: nobody makes or archives sites but the functions of this file.
create function public.create_site(
  site_id uuid, organization_id uuid, name text, allowed_origins text[] default '{}', time_zone text default 'UTC'
) returns public.sites
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites;
  cleaned text := app.clean_name(create_site.name);
begin
  perform app.require_role(create_site.organization_id, 'admin');
  insert into public.sites (id, organization_id, name, allowed_origins, time_zone)
  values (
    create_site.site_id, create_site.organization_id, cleaned, coalesce(create_site.allowed_origins, '{}'),
    coalesce(create_site.time_zone, 'UTC')
  )
  on conflict (id) do nothing;
  if found then
    perform app.take_token('site:' || create_site.organization_id, 20, 5);
  end if;
  select * into site from public.sites
  where sites.id = create_site.site_id and sites.organization_id = create_site.organization_id;
  if site.id is null then
    perform app.refuse(409, 'id_conflict');
  end if;
  return site;
exception when check_violation or not_null_violation then
  perform app.refuse(422, 'invalid_input');
end $$;
comment on function public.create_site is 'Makes a site with its settings and secret, once per id; a repeat returns it.';

-- security definer: for the same reason.
create function public.archive_site(site_id uuid) returns public.sites
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(archive_site.site_id);
begin
  update public.sites as s set archived_at = coalesce(s.archived_at, now()) where s.id = site.id returning s.* into site;
  return site;
end $$;
comment on function public.archive_site is 'The widget stops on this site; everything that was written stays.';

-- security definer: for the same reason.
create function public.restore_site(site_id uuid) returns public.sites
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(restore_site.site_id);
begin
  update public.sites as s set archived_at = null where s.id = site.id returning s.* into site;
  return site;
end $$;
comment on function public.restore_site is 'The widget works again on an archived site.';

-- security definer: nobody writes site_operators but the functions of this file.
create function public.set_site_operators(site_id uuid, user_ids uuid[]) returns setof public.site_operators
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(set_site_operators.site_id);
  wanted uuid[] := coalesce(set_site_operators.user_ids, '{}');
begin
  delete from public.site_operators as s where s.site_id = site.id and s.user_id <> all (wanted);
  insert into public.site_operators (site_id, organization_id, user_id)
  select site.id, site.organization_id, wanted_id from unnest(wanted) as wanted_id
  on conflict do nothing;
  return query select s.* from public.site_operators as s where s.site_id = site.id;
exception when foreign_key_violation or not_null_violation then
  perform app.refuse(404, 'member_not_found');
end $$;
comment on function public.set_site_operators is 'Exactly these members work on the site; others lose their open conversations there.';

-- security definer: for the same reason.
create function public.set_member_sites(organization_id uuid, user_id uuid, site_ids uuid[])
returns setof public.site_operators
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(set_member_sites.organization_id, set_member_sites.user_id);
  wanted uuid[] := coalesce(set_member_sites.site_ids, '{}');
begin
  if member.user_id is null then
    perform app.refuse(404, 'member_not_found');
  end if;
  delete from public.site_operators as s
  where s.organization_id = member.organization_id and s.user_id = member.user_id and s.site_id <> all (wanted);
  insert into public.site_operators (site_id, organization_id, user_id)
  select wanted_id, member.organization_id, member.user_id from unnest(wanted) as wanted_id
  on conflict do nothing;
  return query select s.* from public.site_operators as s
  where s.organization_id = member.organization_id and s.user_id = member.user_id;
exception when foreign_key_violation or not_null_violation then
  perform app.refuse(404, 'site_not_found');
end $$;
comment on function public.set_member_sites is 'The member works on exactly these sites of the organisation.';

grant execute on function
  public.create_site, public.archive_site, public.restore_site, public.set_site_operators, public.set_member_sites
to authenticated;
