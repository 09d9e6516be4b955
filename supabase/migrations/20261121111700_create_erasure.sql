alter table public.sites add column retention_days integer check (retention_days between 1 and 3650);
comment on column public.sites.retention_days is
  'Days after its last message when a conversation is erased for good; null keeps it.';
grant update (retention_days) on public.sites to authenticated;

create table private.files_to_remove (
  bucket_id text not null,
  path text not null,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  primary key (bucket_id, path)
);
comment on table private.files_to_remove is
  'Stored files whose rows are gone; the function remove-files takes them away through the Storage API.';
alter table private.files_to_remove enable row level security;

create table private.removed_conversations (
  id uuid primary key,
  site_id uuid not null references public.sites (id) on delete cascade,
  changed_xid xid8 not null default pg_current_xact_id(),
  removed_at timestamptz not null default now()
);
comment on table private.removed_conversations is 'Ids that inbox_changes_since names as removed; kept for 30 days.';
create index on private.removed_conversations (site_id, changed_xid);
create index on private.removed_conversations (removed_at);
alter table private.removed_conversations enable row level security;

-- security definer, all below: nobody but functions writes here, and the tables are private.
create function app.queue_file_removal() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.files_to_remove (bucket_id, path)
  select 'attachments', gone.path from gone on conflict do nothing;
  perform app.request_file_removal();
  return null;
end $$;
create trigger queue_file_removal after delete on public.attachments
referencing old table as gone for each statement execute function app.queue_file_removal();

create function app.call_function(name text, body jsonb default '{}') returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  functions_url text := (select value from private.settings where key = 'functions_url');
  secret_key text := (select value from private.settings where key = 'secret_key');
begin
  -- Without pg_net, or before the deployment wrote its settings, the schedule or the deployment does it later.
  if functions_url is null or secret_key is null or to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is null then
    return;
  end if;
  execute 'select net.http_post(url := $1, body := $2, headers := $3)'
  using
    functions_url || '/' || call_function.name, call_function.body,
    jsonb_build_object('content-type', 'application/json', 'apikey', secret_key, 'authorization', 'Bearer ' || secret_key);
end $$;
comment on function app.call_function is
  'Calls an edge function as the service, after this transaction commits. security definer: the secret key is private.';

create or replace function app.request_site_publication(site_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  select app.call_function('publish-site', jsonb_build_object('site_id', request_site_publication.site_id))
$$;

create function app.request_file_removal() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if exists (select from private.files_to_remove) then
    perform app.call_function('remove-files');
  end if;
end $$;
comment on function app.request_file_removal is 'Wakes remove-files when there is something to do.';

create function public.files_to_remove(max_rows integer default 100) returns table (bucket_id text, path text)
language sql volatile security definer set search_path = ''
as $$
  update private.files_to_remove as f set attempts = f.attempts + 1
  from (
    select queued.bucket_id, queued.path from private.files_to_remove as queued
    order by queued.attempts, queued.created_at limit least(files_to_remove.max_rows, 1000)
  ) as due
  where (f.bucket_id, f.path) = (due.bucket_id, due.path)
  returning f.bucket_id, f.path
$$;
comment on function public.files_to_remove is 'For the function remove-files: files to take away, those tried least first.';

create function public.files_removed(bucket_id text, paths text[]) returns void
language sql volatile security definer set search_path = ''
as $$
  delete from private.files_to_remove as f
  where f.bucket_id = files_removed.bucket_id and f.path = any (files_removed.paths)
$$;
comment on function public.files_removed is 'For the function remove-files: these files are gone.';
revoke execute on function public.files_to_remove, public.files_removed from public, anon, authenticated;
grant execute on function public.files_to_remove, public.files_removed to service_role;

create function app.forget_words(site_id uuid, words text[]) returns void
language sql volatile security definer set search_path = ''
as $$
  delete from private.search_words as known
  where known.site_id = forget_words.site_id and known.word = any (forget_words.words)
    and not exists (
      select from private.search_entries as e
      where e.words @@ quote_literal(app.search_tag(forget_words.site_id) || known.word)::tsquery
        and e.site_id = forget_words.site_id
    )
$$;
comment on function app.forget_words is 'Forgets those of the words that no message and no visitor of the site holds any more.';

create function app.indexed_words(site_id uuid, ids uuid[]) returns text[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(distinct substr(lexeme, char_length(app.search_tag(indexed_words.site_id)) + 1)), '{}')
  from private.search_entries as e cross join unnest(tsvector_to_array(e.words)) as lexeme
  where e.id = any (indexed_words.ids) and e.site_id = indexed_words.site_id
$$;

-- An edited or redacted message leaves no word behind either.
create function app.forget_old_words() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform app.forget_words(new.site_id, app.search_words(old.body || ' ' || coalesce(
    (select string_agg(file ->> 'name', ' ') from jsonb_array_elements(old.attachments) as file), ''
  )));
  return null;
end $$;
-- Named to run after index_message.
create trigger index_message_forget after update of body, attachments on public.messages
for each row execute function app.forget_old_words();

create function app.erase_conversations(site_id uuid, conversation_ids uuid[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation_id uuid;
  words constant text[] := app.indexed_words(site_id, array(
    select m.id from public.messages as m where m.conversation_id = any (conversation_ids)
  ));
begin
  perform app.forget_broadcasts(
    erase_conversations.site_id, conversation_ids,
    (select min(c.created_at) from public.conversations as c where c.id = any (conversation_ids))
  );
  insert into private.removed_conversations (id, site_id)
  select c.id, c.site_id from public.conversations as c
  where c.id = any (conversation_ids) and c.site_id = erase_conversations.site_id
  on conflict do nothing;
  delete from public.conversations as c where c.id = any (conversation_ids) and c.site_id = erase_conversations.site_id;
  foreach conversation_id in array conversation_ids loop
    perform realtime.send(jsonb_build_object('id', conversation_id), 'conversation_removed', 'inbox:' || erase_conversations.site_id, true);
  end loop;
  perform app.forget_words(site_id, words);
  perform app.forget_records(
    (select sites.organization_id from public.sites where sites.id = erase_conversations.site_id), conversation_ids::text[]
  );
end $$;
comment on function app.erase_conversations is
  'Removes conversations of one site with everything in and about them: messages, files, words, broadcasts still kept.';

create function app.forget_visitor_traces(visitor public.visitors) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from private.rate_buckets as bucket
  where bucket.key like '%:' || visitor.id
    or exists (
      select from private.visitor_sessions as s
      where s.visitor_id = visitor.id and s.address is not null and bucket.key like '%:' || s.site_id || ':' || app.address_name(s.address)
    );
  delete from private.visitor_sessions as s where s.visitor_id = visitor.id and s.site_id = visitor.site_id;
  delete from public.blocklist as b where b.site_id = visitor.site_id and b.identity = visitor.external_id;
end $$;
comment on function app.forget_visitor_traces is 'Removes what is kept of a visitor outside of its conversations.';

create function app.forget_records(organization_id uuid, ids text[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- Ids stand in JSON as whole strings; a customer's own id may hold anything.
  named constant text[] := array(select '%' || regexp_replace(to_jsonb(id)::text, '([%_\\])', '\\\1', 'g') || '%' from unnest(ids) as id);
begin
  delete from public.audit_log as a
  where a.organization_id = forget_records.organization_id
    and (a.entity_id = any (ids) or a.before::text like any (named) or a.after::text like any (named));
  delete from public.webhook_deliveries as d
  where d.organization_id = forget_records.organization_id and d.payload::text like any (named);
  delete from public.notifications as n
  where n.organization_id = forget_records.organization_id and n.payload::text like any (named);
  delete from private.jobs as j
  where j.organization_id = forget_records.organization_id
    and (j.payload::text like any (named) or j.dedupe_key like any (array(select '%' || id || '%' from unnest(ids) as id)));
end $$;
comment on function app.forget_records is
  'Removes what the records of an organisation (audit log, deliveries, notifications, jobs) say about these ids.';

create function app.erase_visitor(visitor public.visitors) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  words constant text[] := app.search_words(concat_ws(' ', visitor.name, visitor.email, visitor.external_id));
begin
  perform app.erase_conversations(visitor.site_id, array(
    select c.id from public.conversations as c where c.visitor_id = visitor.id
  ));
  perform app.forget_visitor_traces(visitor);
  delete from public.visitors as v where v.id = visitor.id;
  perform app.forget_words(visitor.site_id, words);
  perform app.forget_records(visitor.organization_id, array_remove(array[visitor.id::text, visitor.external_id], null));
end $$;

create function public.erase_visitor(visitor_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor public.visitors;
begin
  select * into visitor from public.visitors as v
  where v.id = erase_visitor.visitor_id and v.site_id = any (array(select app.my_site_ids('admin'))) for update;
  if not found then
    return false;
  end if;
  perform app.erase_visitor(visitor);
  return true;
end $$;
comment on function public.erase_visitor is
  'Removes a visitor of a site of which the caller is an admin, for good and everywhere: conversations, files, sessions, words, broadcasts. False when there is none: a repeat is harmless.';

create function public.export_visitor(visitor_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  visitor public.visitors;
begin
  select * into visitor from public.visitors as v
  where v.id = export_visitor.visitor_id and v.site_id = any (array(select app.my_site_ids('admin')));
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  return jsonb_build_object(
    'exported_at', now(),
    'visitor', to_jsonb(visitor) - 'organization_id',
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'created_at', s.created_at, 'expires_at', s.expires_at, 'address', host(s.address), 'identity', s.identity
      ) order by s.created_at), '[]')
      from private.visitor_sessions as s where s.visitor_id = visitor.id and s.site_id = visitor.site_id
    ),
    'conversations', (
      select coalesce(jsonb_agg(
        to_jsonb(c) - array['organization_id', 'changed_xid', 'visitor_id'] || jsonb_build_object(
          'rating', (select to_jsonb(r) - array['organization_id', 'site_id'] from public.ratings as r where r.conversation_id = c.id),
          'labels', (
            select coalesce(jsonb_agg(l.name order by l.name), '[]')
            from public.conversation_labels as cl join public.labels as l on l.id = cl.label_id where cl.conversation_id = c.id
          ),
          'messages', (
            select coalesce(jsonb_agg(to_jsonb(m) - array['organization_id', 'site_id', 'conversation_id'] order by m.seq), '[]')
            from public.messages as m where m.conversation_id = c.id
          )
        ) order by c.created_at), '[]')
      from public.conversations as c where c.visitor_id = visitor.id
    ),
    'blocks', (
      select coalesce(jsonb_agg(to_jsonb(b) - array['organization_id', 'created_by'] order by b.created_at), '[]')
      from public.blocklist as b
      where b.site_id = visitor.site_id and (b.visitor_id = visitor.id or b.identity = visitor.external_id)
    )
  );
end $$;
comment on function public.export_visitor is
  'VisitorExport: all that is kept of a visitor, private notes included, for an admin of the site to hand over.';
grant execute on function public.erase_visitor, public.export_visitor to authenticated;

create function app.apply_retention(max_rows integer default 200) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  erased integer := 0;
  batch record;
  visitor public.visitors;
begin
  for batch in
    select due.site_id, array_agg(due.id) as ids
    from (
      select c.id, c.site_id
      from public.sites cross join lateral (
        select old.id, old.site_id from public.conversations as old
        where old.site_id = sites.id
          and old.status = any (enum_range(null::public.conversation_status))
          and old.last_message_at < now() - sites.retention_days * interval '1 day'
        limit max_rows
      ) as c
      where sites.retention_days is not null
      limit max_rows
    ) as due
    group by due.site_id
  loop
    perform app.erase_conversations(batch.site_id, batch.ids);
    erased := erased + cardinality(batch.ids);
  end loop;
  for visitor in
    select v.* from public.sites
    join public.visitors as v on v.site_id = sites.id
    where sites.retention_days is not null and v.last_seen_at < now() - sites.retention_days * interval '1 day'
      and not exists (select from public.conversations as c where c.visitor_id = v.id)
    limit max_rows
  loop
    perform app.erase_visitor(visitor);
  end loop;
  delete from private.removed_conversations where removed_at < now() - interval '30 days';
  return erased;
end $$;
comment on function app.apply_retention is
  'Erases conversations, and then visitors, that are older than their site keeps them; returns how many conversations.';
create index on public.visitors (site_id, last_seen_at);

create or replace function public.inbox_changes_since(cursor text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  most constant integer := 500;
  now_at xid8 := pg_snapshot_xmin(pg_current_snapshot());
  my_sites constant uuid[] := array(select app.my_site_ids());
  since xid8;
  changed jsonb;
  removed jsonb;
  reset boolean;
begin
  if cursor is null or cursor !~ '^[0-9]{1,19}$' then
    perform app.refuse(422, 'invalid_input', '{"argument": "cursor"}');
  end if;
  since := cursor::xid8;
  -- A cursor from the future belongs to another database (restored, moved).
  reset := since > pg_snapshot_xmax(pg_current_snapshot());
  if not reset then
    select coalesce(jsonb_agg(app.my_inbox_conversation(entry)), '[]'), count(*) > most into changed, reset
    from unnest(my_sites) as my_site (id)
    cross join lateral (
      select conversations.id from public.conversations
      where conversations.site_id = my_site.id and conversations.changed_xid >= since
      order by conversations.changed_xid
      limit most + 1
    ) as page
    join app.inbox_conversations as entry on entry.id = page.id;
    select coalesce(jsonb_agg(gone.id), '[]') into removed
    from private.removed_conversations as gone
    where gone.site_id = any (my_sites) and gone.changed_xid >= since;
  end if;
  return jsonb_build_object(
    'conversations', case when reset then '[]' else changed end,
    'removed', case when reset then '[]' else removed end,
    'cursor', now_at::text, 'reset', reset
  );
end $$;
comment on function public.inbox_changes_since is
  'InboxChanges: every conversation whose newest change was undecided or later at the cursor, and the ids of those removed; repeats are possible, misses are not. security definer: the list of removed ones is private.';
