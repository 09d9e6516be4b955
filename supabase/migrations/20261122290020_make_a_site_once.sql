-- Of two at once one was refused: `on conflict (id)` looks at one unique key, and a site has (id, organization_id) too.
-- security definer: nobody writes sites but the functions about them.
create or replace function public.create_site(
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
  on conflict do nothing;
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
