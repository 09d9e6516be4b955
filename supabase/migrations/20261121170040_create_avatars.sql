-- Public: visitors see who answers, without a signed link for each face. Small pictures only, made by the console.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('avatars', 'avatars', true, 524288, '{image/png,image/jpeg,image/webp}');

create policy "people see the files of their own picture" on storage.objects
for select to authenticated
using (bucket_id = 'avatars' and split_part(name, '/', 1) = (select auth.uid())::text);
create policy "people store their own picture" on storage.objects
for insert to authenticated
with check (bucket_id = 'avatars' and split_part(name, '/', 1) = (select auth.uid())::text);
create policy "people remove their own picture" on storage.objects
for delete to authenticated
using (bucket_id = 'avatars' and split_part(name, '/', 1) = (select auth.uid())::text);
