insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('site-files', 'site-files', true, 65536, array['application/json']);

create function app.public_site(site_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'site_id', sites.id,
    'name', sites.name,
    'settings', to_jsonb(settings) - array['site_id', 'organization_id', 'updated_at'],
    'updated_at', greatest(sites.updated_at, settings.updated_at)
  )
  from public.sites
  join public.widget_settings as settings on settings.site_id = sites.id
  where sites.id = public_site.site_id and sites.archived_at is null
$$;
comment on function app.public_site is 'PublicSite of packages/contracts; null for an archived site.';

create function public.site_to_publish(site_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object('site_key', sites.site_key, 'site', app.public_site(sites.id))
  from public.sites where sites.id = site_to_publish.site_id
$$;
comment on function public.site_to_publish is
  'For publish-site: the site''s key and its PublicSite (null when archived: the file goes away).';
grant execute on function app.public_site, public.site_to_publish to service_role;

-- security definer: reads the secret key; a settings change by an admin must reach the file.
create function app.request_site_publication(site_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  functions_url text := (select value from private.settings where key = 'functions_url');
  secret_key text := (select value from private.settings where key = 'secret_key');
begin
  -- Without pg_net or before the deployment wrote its settings, the file is published by hand or by the deployment.
  if functions_url is null or secret_key is null or to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is null then
    return;
  end if;
  execute 'select net.http_post(url := $1, body := $2, headers := $3)'
  using
    functions_url || '/publish-site',
    jsonb_build_object('site_id', site_id),
    jsonb_build_object('content-type', 'application/json', 'apikey', secret_key, 'authorization', 'Bearer ' || secret_key);
end $$;
comment on function app.request_site_publication is 'Asks publish-site, after this transaction commits, to write the public settings file.';

-- security definer: writes to Realtime for whoever changed the settings.
create function app.announce_settings() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  changed uuid := case tg_table_name when 'sites' then (to_jsonb(new) ->> 'id')::uuid else (to_jsonb(new) ->> 'site_id')::uuid end;
  news jsonb := app.public_site(changed);
begin
  if news is not null then
    perform realtime.send(news, 'settings_changed', 'site:' || changed, true);
  end if;
  perform app.request_site_publication(changed);
  return null;
end $$;

create trigger announce_settings after insert or update on public.widget_settings
for each row execute function app.announce_settings();
create trigger announce_settings after update of name, site_key, archived_at on public.sites
for each row execute function app.announce_settings();
