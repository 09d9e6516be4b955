-- A person is erased and handed over whole: every visitor that was merged.
create or replace function public.erase_visitor(visitor_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- All locked before the first goes: its end changes the rows that point to it, which a cursor would then pass over.
  person constant public.visitors[] := array(
    select locked from (
      select * from public.visitors as v
      where v.id = any (app.person_visitor_ids(erase_visitor.visitor_id)) and v.site_id = any (array(select app.my_site_ids('admin')))
      order by v.id for update
    ) as locked
  );
  visitor public.visitors;
begin
  foreach visitor in array person loop
    perform app.erase_visitor(visitor);
  end loop;
  return cardinality(person) > 0;
end $$;
comment on function public.erase_visitor is
  'Removes a visitor of a site of which the caller is an admin, with all that were merged with it, for good and everywhere: conversations, files, sessions, pages, words, broadcasts. False when there is none: a repeat is harmless.';

create function app.visitor_export(visitor public.visitors) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
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
    'pages', (
      select coalesce(jsonb_agg(to_jsonb(p) - array['organization_id', 'site_id', 'visitor_id'] order by p.opened_at), '[]')
      from public.visitor_pages as p where p.visitor_id = visitor.id
    ),
    'blocks', (
      select coalesce(jsonb_agg(to_jsonb(b) - array['organization_id', 'created_by'] order by b.created_at), '[]')
      from public.blocklist as b
      where b.site_id = visitor.site_id and (b.visitor_id = visitor.id or b.identity = visitor.external_id)
    )
  );
end $$;
comment on function app.visitor_export is 'What is kept of one visitor: part of VisitorExport.';

create or replace function public.export_visitor(visitor_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  visitor public.visitors;
begin
  select * into visitor from public.visitors as v
  where v.id = app.person_of(export_visitor.visitor_id) and v.site_id = any (array(select app.my_site_ids('admin')));
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  return jsonb_build_object('exported_at', now()) || app.visitor_export(visitor) || jsonb_build_object(
    'merged', (
      select coalesce(jsonb_agg(app.visitor_export(v) order by v.created_at, v.id), '[]')
      from public.visitors as v where v.person_id = visitor.id
    )
  );
end $$;
comment on function public.export_visitor is
  'VisitorExport: all that is kept of a visitor and of those merged with it, private notes included, for an admin of the site to hand over.';

-- Whoever stands for others stays as long as they do.
create or replace function app.apply_retention(max_rows integer default 200) returns integer
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
      and not exists (select from public.visitors as merged where merged.merged_into = v.id)
    limit max_rows
  loop
    perform app.erase_visitor(visitor);
  end loop;
  delete from private.removed_conversations where removed_at < now() - interval '30 days';
  return erased;
end $$;
