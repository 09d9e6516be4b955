alter table public.widget_settings
add column logo_url text,
add column branding boolean not null default true,
add constraint widget_settings_logo_url_check check (
  logo_url ~ ('^https?://[^/?#\s]+/storage/v1/object/public/logos/' || site_id || '/[0-9a-f-]{36}\.(png|jpeg|webp)$')
  and char_length(logo_url) <= 300
);
comment on column public.widget_settings.logo_url is
  'Picture in the head of the widget, a file of the bucket logos in the folder of the site; null: none.';
comment on column public.widget_settings.branding is 'Whether a line under the chat names the product.';
grant update (logo_url, branding) on public.widget_settings to authenticated;

-- Public: every visitor of the site sees it. Small pictures only, made by the console.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('logos', 'logos', true, 524288, '{image/png,image/jpeg,image/webp}');

create policy "admins see the files of their sites' logos" on storage.objects
for select to authenticated
using (bucket_id = 'logos' and split_part(name, '/', 1) = any (array(select app.my_site_ids('admin'))::text[]));
create policy "admins store logos of their sites" on storage.objects
for insert to authenticated
with check (bucket_id = 'logos' and split_part(name, '/', 1) = any (array(select app.my_site_ids('admin'))::text[]));
create policy "admins remove logos of their sites" on storage.objects
for delete to authenticated
using (bucket_id = 'logos' and split_part(name, '/', 1) = any (array(select app.my_site_ids('admin'))::text[]));

-- security definer: the service asks for a job, and files are the storage's.
create function public.logos_to_remove(organization_id uuid) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return array(
    select file.name from storage.objects as file
    join public.sites as s on s.id::text = split_part(file.name, '/', 1)
    join public.organizations as o on o.id = s.organization_id
    where file.bucket_id = 'logos' and o.id = logos_to_remove.organization_id and o.deleted_at is not null
  );
end $$;
comment on function public.logos_to_remove is
  'For the job erase_organization: files of logos that go away with a deleted organisation.';
revoke execute on function public.logos_to_remove from public, anon, authenticated;
grant execute on function public.logos_to_remove to service_role;
