alter table public.organizations add column start_dismissed_at timestamptz;
comment on column public.organizations.start_dismissed_at is 'Since when the list of first steps is hidden; null shows it.';
grant update (start_dismissed_at) on public.organizations to authenticated;

create function app.onboarding_of_site(site public.sites) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'id', site.id, 'name', site.name, 'site_key', site.site_key, 'allowed_origins', site.allowed_origins,
    'seen_at', (
      select max(seen.last_seen_at) from private.site_sightings as seen where seen.site_id = site.id and seen.allowed
    ),
    'seen_on', (
      select seen.origin from private.site_sightings as seen where seen.site_id = site.id and seen.allowed
      order by seen.last_seen_at desc limit 1
    ),
    -- Asked again: whoever has been let in since is no problem any more.
    'refused_origins', (
      select coalesce(jsonb_agg(refused.origin order by refused.last_seen_at desc), '[]')
      from (
        select seen.origin, seen.last_seen_at from private.site_sightings as seen
        where seen.site_id = site.id and not seen.allowed
          and not app.origin_allowed(site.allowed_origins, seen.origin)
        order by seen.last_seen_at desc limit 3
      ) as refused
    )
  )
$$;
comment on function app.onboarding_of_site is 'OnboardingSite: what is known of a site''s widget in the wild.';

-- security definer: sightings are private.
create function public.read_onboarding(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  organization public.organizations;
  site public.sites;
begin
  if not coalesce(read_onboarding.organization_id = any (array(select app.my_organization_ids('admin'))), false) then
    return null;
  end if;
  select * into organization from public.organizations as o where o.id = read_onboarding.organization_id;
  select * into site from public.sites as s
  where s.organization_id = organization.id and s.archived_at is null
  order by s.created_at, s.id limit 1;
  return jsonb_build_object(
    'organization_id', organization.id, 'organization_name', organization.name,
    'dismissed_at', organization.start_dismissed_at,
    'site', case when site.id is not null then app.onboarding_of_site(site) end,
    'first_message_at', (
      select min(c.created_at) from public.conversations as c where c.site_id = site.id
    ),
    'teammates', (
      select count(*) - 1 from public.memberships as m
      where m.organization_id = organization.id and m.deactivated_at is null
    ),
    'invited', (
      select count(*) from public.invitations as i
      where i.organization_id = organization.id and i.accepted_at is null and i.revoked_at is null
        and i.expires_at > now()
    ),
    'hours_set', exists (select from public.business_hours as h where h.site_id = site.id)
  );
end $$;
comment on function public.read_onboarding is
  'Onboarding: how far an organisation is from its first answered visitor, as the rows tell it; null for anybody but its admins.';

grant execute on function public.read_onboarding to authenticated;
