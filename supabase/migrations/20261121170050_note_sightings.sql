create table private.site_sightings (
  site_id uuid not null references public.sites (id) on delete cascade,
  origin text not null check (char_length(origin) between 1 and 300),
  allowed boolean not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (site_id, origin)
);
comment on table private.site_sightings is
  'Origins on which a site''s widget was seen, and on which it was refused; written once an hour at most.';
alter table private.site_sightings enable row level security;

create function app.note_sighting(site_id uuid, origin text, allowed boolean) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if coalesce(char_length(note_sighting.origin), 0) not between 1 and 300 then
    return;
  end if;
  -- Nearly always known: then this look-up is all.
  if exists (
    select from private.site_sightings as seen
    where seen.site_id = note_sighting.site_id and seen.origin = note_sighting.origin
      and seen.allowed = note_sighting.allowed and seen.last_seen_at > now() - interval '1 hour'
  ) then
    return;
  end if;
  -- The header says what its sender likes: a flood of names must not fill a table.
  if (select count(*) from private.site_sightings as seen where seen.site_id = note_sighting.site_id) >= 50 then
    delete from private.site_sightings as seen
    where seen.site_id = note_sighting.site_id and seen.origin = (
      select oldest.origin from private.site_sightings as oldest where oldest.site_id = note_sighting.site_id
      order by oldest.allowed, oldest.last_seen_at limit 1
    );
  end if;
  insert into private.site_sightings as seen (site_id, origin, allowed)
  values (note_sighting.site_id, note_sighting.origin, note_sighting.allowed)
  on conflict on constraint site_sightings_pkey do update set allowed = excluded.allowed, last_seen_at = now();
end $$;
comment on function app.note_sighting is 'Remembers that the widget ran on an origin, or was refused there.';

create or replace function app.open_site(site_key text, origin text, address text) returns public.sites
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  site public.sites;
begin
  select * into site from public.sites
  where sites.id = app.site_id_of_key(open_site.site_key) and sites.archived_at is null;
  if site.id is null then
    perform app.refuse(404, 'site_not_found');
  end if;
  if not app.origin_allowed(site.allowed_origins, coalesce(origin, '')) then
    perform app.refuse(403, 'origin_not_allowed');
  end if;
  perform app.take_tokens('session', site.id, site.organization_id, null, app.parse_address(address));
  perform app.note_sighting(site.id, lower(open_site.origin), true);
  return site;
end $$;

-- security definer: sightings are private.
create function public.note_refused_origin(site_key text, origin text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites;
begin
  select * into site from public.sites
  where sites.id = app.site_id_of_key(note_refused_origin.site_key) and sites.archived_at is null;
  if site.id is not null and not app.origin_allowed(site.allowed_origins, note_refused_origin.origin) then
    perform app.note_sighting(site.id, lower(note_refused_origin.origin), false);
  end if;
end $$;
comment on function public.note_refused_origin is
  'For boot and visitor-session: an origin that is not in the list has asked. The refusal itself rolls back all that it wrote.';

revoke execute on function public.note_refused_origin from public, anon, authenticated;
grant execute on function public.note_refused_origin to service_role;
