-- What kinds of jobs call, beside what older migrations hold for them.
create function public.refresh_stats(site_id uuid, day date) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.refresh_daily_stats(refresh_stats.site_id, refresh_stats.day);
end $$;
comment on function public.refresh_stats is 'For the job refresh_stats: counts a day of a site anew. security definer: only the product writes statistics.';

create function public.keys_to_unpublish(organization_id uuid) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return array(
    select s.site_key from public.sites as s
    join public.organizations as o on o.id = s.organization_id
    where o.id = keys_to_unpublish.organization_id and o.deleted_at is not null
    union
    select r.site_key from public.retired_site_keys as r
    join public.organizations as o on o.id = r.organization_id
    where o.id = keys_to_unpublish.organization_id and o.deleted_at is not null
  );
end $$;
comment on function public.keys_to_unpublish is
  'For the job erase_organization: keys whose public files go away with a deleted organisation.';

create function public.erase_organization_part(organization_id uuid, max_conversations integer default 200) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  part record;
  erased boolean := false;
begin
  if not exists (
    select from public.organizations as o where o.id = erase_organization_part.organization_id and o.deleted_at is not null
  ) then
    return false;
  end if;
  for part in
    select page.site_id, array_agg(page.id) as ids
    from (
      select c.id, c.site_id from public.conversations as c
      where c.organization_id = erase_organization_part.organization_id
      limit least(greatest(erase_organization_part.max_conversations, 1), 1000)
    ) as page
    group by page.site_id
  loop
    perform app.erase_conversations(part.site_id, part.ids);
    erased := true;
  end loop;
  if not erased then
    perform public.erase_organization(erase_organization_part.organization_id);
  end if;
  return erased;
end $$;
comment on function public.erase_organization_part is
  'For the job erase_organization: erases some conversations of a deleted organisation, in the end itself. True while there is more to do.';

revoke execute on function public.refresh_stats, public.keys_to_unpublish, public.erase_organization_part
from public, anon, authenticated;
grant execute on function public.refresh_stats, public.keys_to_unpublish, public.erase_organization_part to service_role;
