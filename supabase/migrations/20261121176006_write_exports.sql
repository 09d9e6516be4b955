-- For the job export, whose code only turns rows into files.
create function public.next_export_part(export_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.exports;
begin
  select * into export from public.exports as e where e.id = next_export_part.export_id for update;
  if export.id is null or export.state in ('done', 'expired') then
    return null;
  end if;
  if export.state = 'waiting' then
    update public.exports as e set
      state = 'running',
      total = (
        case when e.kind <> 'visitors' then (
          select count(*) from public.conversations as c
          where c.organization_id = e.organization_id and (e.site_id is null or c.site_id = e.site_id)
        ) else 0 end
      ) + (
        case when e.kind <> 'conversations' then (
          select count(*) from public.visitors as v
          where v.organization_id = e.organization_id and (e.site_id is null or v.site_id = e.site_id)
        ) else 0 end
      )
    where e.id = export.id returning * into export;
  end if;
  return to_jsonb(export);
end $$;
comment on function public.next_export_part is 'Where an export stands, its row; null when there is nothing to do any more.';

create function app.export_settings(organization_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  name text;
  part jsonb;
  everything jsonb := '{}';
begin
  foreach name in array array[
    'sites', 'widget_settings', 'memberships', 'site_operators', 'invitations', 'labels', 'quick_templates',
    'auto_reply_rules', 'business_hours', 'business_hours_exceptions', 'webhooks', 'blocklist', 'saved_views',
    'daily_stats', 'daily_page_stats', 'audit_log'
  ] loop
    execute format(
      'select coalesce(jsonb_agg(to_jsonb(t)), ''[]'') from public.%I as t where t.organization_id = $1', name
    ) into part using export_settings.organization_id;
    everything := everything || jsonb_build_object(name, part);
  end loop;
  return everything || jsonb_build_object(
    'organization', (select to_jsonb(o) from public.organizations as o where o.id = export_settings.organization_id),
    'people', (
      select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.display_name, 'email', u.email)), '[]')
      from public.memberships as m
      join public.profiles as p on p.id = m.user_id
      join auth.users as u on u.id = m.user_id
      where m.organization_id = export_settings.organization_id
    )
  );
end $$;
comment on function app.export_settings is 'Everything of an organisation but visitors and what they wrote; secrets lie in other tables.';

create function app.export_conversation(conversation public.conversations) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', conversation.id, 'site_id', conversation.site_id, 'status', conversation.status,
    'created_at', conversation.created_at, 'closed_at', conversation.closed_at,
    'start_page', conversation.start_page,
    'assignee', (select p.display_name from public.profiles as p where p.id = conversation.assignee_id),
    'visitor', (
      select jsonb_build_object('id', v.id, 'name', v.name, 'email', v.email, 'external_id', v.external_id)
      from public.visitors as v where v.id = conversation.visitor_id
    ),
    'labels', (
      select coalesce(jsonb_agg(l.name order by l.name), '[]') from public.conversation_labels as cl
      join public.labels as l on l.id = cl.label_id where cl.conversation_id = conversation.id
    ),
    'rating', (
      select jsonb_build_object('score', r.score, 'comment', r.comment) from public.ratings as r
      where r.conversation_id = conversation.id
    ),
    'messages', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'seq', m.seq, 'at', m.created_at, 'author_kind', m.author_kind, 'author_name', m.author_name,
        'visibility', m.visibility, 'body', m.body, 'redacted', m.redacted_at is not null,
        'files', (
          select coalesce(jsonb_agg(a.name order by a.created_at), '[]') from public.attachments as a where a.message_id = m.id
        )
      ) order by m.seq), '[]')
      from public.messages as m where m.conversation_id = conversation.id
    )
  );
end $$;
comment on function app.export_conversation is 'A conversation with all that was said, notes too, as an export holds it.';

create function public.export_rows(export_id uuid, section text, "position" jsonb default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  export public.exports;
  few constant integer := 100;
  many constant integer := 1000;
  site uuid;
  rows jsonb;
  last_at timestamptz := coalesce((export_rows.position ->> 'at')::timestamptz, '-infinity');
  last_id uuid := coalesce((export_rows.position ->> 'id')::uuid, '00000000-0000-0000-0000-000000000000');
begin
  select * into export from public.exports as e where e.id = export_rows.export_id;
  if export_rows.section = 'settings' then
    return jsonb_build_object('rows', jsonb_build_array(app.export_settings(export.organization_id)), 'next', null);
  end if;
  if export_rows.section = 'visitors' then
    select jsonb_agg(to_jsonb(page) order by page.id) into rows from (
      select v.* from public.visitors as v
      where v.organization_id = export.organization_id and (export.site_id is null or v.site_id = export.site_id)
        and v.id > last_id
      order by v.id limit many
    ) as page;
    return jsonb_build_object(
      'rows', coalesce(rows, '[]'),
      'next', case when jsonb_array_length(rows) = many then jsonb_build_object('id', rows -> -1 -> 'id') end
    );
  end if;
  -- Site by site, along its index.
  site := coalesce(
    (export_rows.position ->> 'site')::uuid, export.site_id,
    (select s.id from public.sites as s where s.organization_id = export.organization_id order by s.id limit 1)
  );
  select jsonb_agg(app.export_conversation(page) order by page.created_at, page.id) into rows from (
    select c.* from public.conversations as c
    where c.site_id = site and (c.created_at, c.id) > (last_at, last_id)
    order by c.created_at, c.id limit few
  ) as page;
  return jsonb_build_object(
    'rows', coalesce(rows, '[]'),
    'next', case
      when jsonb_array_length(rows) = few
        then jsonb_build_object('site', site, 'at', rows -> -1 -> 'created_at', 'id', rows -> -1 -> 'id')
      when export.site_id is null then (
        select jsonb_build_object('site', s.id) from public.sites as s
        where s.organization_id = export.organization_id and s.id > site order by s.id limit 1
      )
    end
  );
end $$;
comment on function public.export_rows is 'A page of an export behind a position, and the position of the next; null when it was the last.';

create function public.record_export_part(
  export_id uuid, round integer, "position" jsonb, file jsonb
) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.exports as e set
    files = e.files || jsonb_build_array(record_export_part.file),
    done = e.done + case e.section when 'settings' then 0 else (record_export_part.file ->> 'rows')::integer end,
    position = record_export_part.position,
    section = case
      when record_export_part.position is not null then e.section
      when e.kind = 'organization' and e.section = 'settings' then 'visitors'
      when e.kind = 'organization' and e.section = 'visitors' then 'conversations' end
  where e.id = record_export_part.export_id and e.round = record_export_part.round and e.state = 'running'
    -- A part that another worker has recorded already is not counted twice.
    and not e.files @> jsonb_build_array(jsonb_build_object('path', record_export_part.file -> 'path'));
  if not found then
    return false;
  end if;
  update public.exports as e set state = 'done', finished_at = now(), expires_at = now() + interval '7 days'
  where e.id = record_export_part.export_id and e.section is null;
  return true;
end $$;
comment on function public.record_export_part is
  'A file is stored: the next part begins behind the position, or the next section, or all is done. False when the export began anew or is gone.';

revoke execute on function public.next_export_part, public.export_rows, public.record_export_part
from public, anon, authenticated;
grant execute on function public.next_export_part, public.export_rows, public.record_export_part to service_role;
