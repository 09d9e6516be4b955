insert into storage.buckets (id, name, public, file_size_limit) values ('attachments', 'attachments', false, 10485760);

create type public.attachment_status as enum ('pending', 'ready', 'quarantined', 'removed');

create table public.attachments (
  id uuid primary key,
  organization_id uuid not null,
  site_id uuid not null,
  conversation_id uuid not null,
  message_id uuid references public.messages (id) on delete cascade,
  uploader_kind public.author_kind not null check (uploader_kind in ('visitor', 'operator', 'bot')),
  uploader_id uuid,
  name text not null check (char_length(name) between 1 and 200),
  content_type text not null check (content_type ~ '^[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*$' and char_length(content_type) <= 120),
  size_bytes integer not null check (size_bytes between 1 and 10485760),
  width integer check (width between 1 and 100000),
  height integer check (height between 1 and 100000),
  path text not null unique generated always as (
    organization_id::text || '/' || site_id::text || '/' || conversation_id::text || '/' || id::text
  ) stored,
  status public.attachment_status not null default 'pending',
  created_at timestamptz not null default now(),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade
);
comment on table public.attachments is 'Files of a conversation; the bytes are in the private bucket attachments under path.';
comment on column public.attachments.message_id is 'The message it was sent with; null until then.';
comment on column public.attachments.name is 'As shown; the stored file is named by the id alone.';
comment on column public.attachments.path is 'organisation/site/conversation/id: rights follow from it without a look at the name.';
create index on public.attachments (conversation_id);
create index on public.attachments (message_id);
create index on public.attachments (site_id);
create index on public.attachments (organization_id);
create index on public.attachments (created_at) where message_id is null;

alter table public.attachments enable row level security;
grant select on public.attachments to authenticated;
grant
  select (id, conversation_id, message_id, uploader_kind, name, content_type, size_bytes, width, height, path, status, created_at)
on public.attachments to anon;

create policy "operators read the files of their sites" on public.attachments
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer: a policy on attachments must not run the policies of messages for each row.
create function app.my_visitor_attachment_ids() returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select attachments.id from public.attachments
  left join public.messages on messages.id = attachments.message_id
  where attachments.conversation_id = any (array(select app.my_visitor_conversation_ids()))
    and case when messages.id is null
      then attachments.uploader_id = app.visitor_claim('visitor_id')
      else messages.visibility = 'public' end
$$;
comment on function app.my_visitor_attachment_ids is
  'Files of the visitor who calls: its own and those sent to it, none of private notes.';
grant execute on function app.my_visitor_attachment_ids to anon;

create policy "visitors read their own files and those sent to them" on public.attachments
for select to anon
using (id = any (array(select app.my_visitor_attachment_ids())));

create policy "operators download the files of their sites" on storage.objects
for select to authenticated
using (
  bucket_id = 'attachments'
  and name in (
    select attachments.path from public.attachments
    where attachments.path = objects.name and attachments.status = 'ready'
  )
);
create policy "visitors download their own files and those sent to them" on storage.objects
for select to anon
using (
  bucket_id = 'attachments'
  and name in (
    select attachments.path from public.attachments
    where attachments.path = objects.name and attachments.status = 'ready'
  )
);

create function app.attachment_json(attachment public.attachments) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'id', attachment.id, 'name', attachment.name, 'content_type', attachment.content_type,
    'size_bytes', attachment.size_bytes, 'width', attachment.width, 'height', attachment.height, 'path', attachment.path
  )
$$;
comment on function app.attachment_json is 'Attachment of packages/contracts.';

-- security definer: nobody but functions writes attachments; who may send into the conversation is decided here.
create function public.prepare_upload(
  attachment_id uuid, conversation_id uuid, name text, content_type text, size_bytes integer
) returns public.attachments
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  visitor uuid := app.visitor_claim('visitor_id');
  uploader uuid := coalesce(visitor, (select auth.uid()));
  stored public.attachments;
begin
  if uploader is null then
    perform app.refuse(401, 'session_required');
  end if;
  if visitor is not null then
    perform app.refuse_blocked();
  end if;
  select * into conversation from public.conversations as c
  where c.id = prepare_upload.conversation_id
    and case when visitor is null
      then c.site_id = any (array(select app.my_site_ids()))
      else c.id = any (array(select app.my_visitor_conversation_ids())) end;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if attachment_id is null or coalesce(btrim(name), '') = '' or content_type is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if size_bytes is null or size_bytes not between 1 and 10485760 then
    perform app.refuse(413, 'file_too_large', '{"max_bytes": 10485760}');
  end if;
  select * into stored from public.attachments where id = attachment_id;
  if found then
    if (stored.conversation_id, stored.uploader_id) is distinct from (conversation.id, uploader) then
      perform app.refuse(409, 'id_conflict');
    end if;
    return stored;
  end if;
  if visitor is not null then
    perform app.take_visitor_tokens('upload');
  end if;
  insert into public.attachments (
    id, organization_id, site_id, conversation_id, uploader_kind, uploader_id, name, content_type, size_bytes
  )
  values (
    attachment_id, conversation.organization_id, conversation.site_id, conversation.id,
    case when visitor is null then 'operator' else 'visitor' end::public.author_kind, uploader,
    left(btrim(prepare_upload.name), 200), lower(prepare_upload.content_type), prepare_upload.size_bytes
  )
  returning * into stored;
  return stored;
exception
  when unique_violation then
    perform app.refuse(409, 'id_conflict');
  when check_violation then
    perform app.refuse(422, 'invalid_input', '{"argument": "content_type"}');
end $$;
comment on function public.prepare_upload is
  'Registers a file before its bytes, once per attachment_id; returns its row with the path to store it under.';

-- security definer: for the same reason; the service calls it when the bytes are stored and were looked at.
create function public.finish_upload(
  attachment_id uuid, content_type text, size_bytes integer, width integer default null, height integer default null,
  quarantined boolean default false
) returns public.attachments
language sql volatile security definer set search_path = ''
as $$
  update public.attachments as a set
    content_type = lower(finish_upload.content_type), size_bytes = finish_upload.size_bytes,
    width = finish_upload.width, height = finish_upload.height,
    status = case when quarantined then 'quarantined' else 'ready' end::public.attachment_status
  where a.id = finish_upload.attachment_id and a.status in ('pending', 'quarantined')
  returning a.*
$$;
comment on function public.finish_upload is 'For the function upload: what the stored bytes really are, and that they may be sent.';

grant execute on function public.prepare_upload to anon, authenticated;
grant execute on function public.finish_upload to service_role;

create function app.claim_attachments(conversation_id uuid, uploader_id uuid, attachment_ids uuid[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  files jsonb;
begin
  if attachment_ids is null or cardinality(attachment_ids) = 0 then
    return '[]';
  end if;
  if cardinality(attachment_ids) > 10 then
    perform app.refuse(422, 'invalid_input', '{"argument": "attachment_ids"}');
  end if;
  select jsonb_agg(app.attachment_json(a) order by asked.place) into files
  from unnest(attachment_ids) with ordinality as asked (id, place)
  join public.attachments as a on a.id = asked.id
  where a.conversation_id = claim_attachments.conversation_id and a.uploader_id = claim_attachments.uploader_id
    and a.status = 'ready' and a.message_id is null;
  if coalesce(jsonb_array_length(files), 0) <> cardinality(attachment_ids) then
    perform app.refuse(422, 'attachment_not_ready');
  end if;
  return files;
end $$;
comment on function app.claim_attachments is
  'Attachment[] for a message from files its author uploaded into this conversation and has not sent yet. security definer: reads before there is a message.';

-- security definer: nobody but functions writes attachments.
create function app.link_attachments() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.attachments as a set message_id = new.id
  where a.id in (select (file ->> 'id')::uuid from jsonb_array_elements(new.attachments) as file);
  return null;
end $$;

create trigger link_attachments after insert on public.messages
for each row when (new.attachments <> '[]') execute function app.link_attachments();
