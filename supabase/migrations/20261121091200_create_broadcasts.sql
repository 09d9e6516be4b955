-- security definer: events are written to Realtime by the database alone.
create function app.broadcast_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform realtime.send(
    to_jsonb(new),
    case tg_op when 'INSERT' then 'message_created' else 'message_updated' end,
    'conversation:' || new.conversation_id || case new.visibility when 'team' then ':team' else '' end,
    true
  );
  return null;
end $$;

create trigger broadcast_message after insert or update on public.messages
for each row execute function app.broadcast_message();

-- security definer: for the same reason.
create function app.broadcast_conversation() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform realtime.send(app.inbox_conversation(new.id), 'conversation_changed', 'inbox:' || new.site_id, true);
  if tg_op = 'UPDATE' and old.status <> new.status then
    perform realtime.send(app.visitor_conversation(new), 'conversation_updated', 'conversation:' || new.id, true);
  end if;
  return null;
end $$;

-- Read positions have an event of their own, so they do not wake the list.
create trigger broadcast_conversation after update on public.conversations
for each row when (
  (old.last_seq, old.status, old.assignee_id) is distinct from (new.last_seq, new.status, new.assignee_id)
  or (
    old.changed_xid <> new.changed_xid
    and (old.visitor_read_seq, old.team_read_seq) is not distinct from (new.visitor_read_seq, new.team_read_seq)
  )
)
execute function app.broadcast_conversation();

-- security definer: for the same reason.
create function app.broadcast_read() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  news jsonb := jsonb_build_object(
    'conversation_id', new.conversation_id, 'reader_kind', new.reader_kind, 'reader_id', new.reader_id,
    'last_read_seq', new.last_read_seq, 'read_visitor_count', new.read_visitor_count
  );
begin
  perform realtime.send(news, 'read_advanced', 'conversation:' || new.conversation_id, true);
  if new.reader_kind = 'operator' then
    perform realtime.send(news, 'read_advanced', 'inbox:' || new.site_id, true);
  end if;
  return null;
end $$;

create trigger broadcast_read after insert or update on public.conversation_reads
for each row execute function app.broadcast_read();

-- security definer: decides for callers who may not read the tables it looks into.
create function app.topic_role(topic text) returns text
language sql stable security definer set search_path = ''
as $$
  select case
    when topic ~ '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:typing|:team)?$' then (
      select case
        when conversations.id = any (array(select app.my_visitor_conversation_ids())) then 'visitor'
        when conversations.site_id = any (array(select app.my_site_ids())) then 'operator'
      end
      from public.conversations where conversations.id = split_part(topic, ':', 2)::uuid
    )
    when topic ~ '^inbox:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (
      select 'operator' where split_part(topic, ':', 2)::uuid = any (array(select app.my_site_ids()))
    )
    when topic ~ '^site:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (
      select 'public' from public.sites
      where sites.id = split_part(topic, ':', 2)::uuid and sites.archived_at is null
    )
  end
$$;
comment on function app.topic_role is 'What the caller is to a Realtime topic: visitor, operator, public, or null for nothing.';
grant execute on function app.topic_role to anon, authenticated;

create policy "participants listen to their topics" on realtime.messages
for select to anon, authenticated
using (
  case app.topic_role((select realtime.topic()))
    when 'operator' then extension = 'broadcast' or (select realtime.topic()) like '%:team'
    when 'visitor' then extension = 'broadcast' and (select realtime.topic()) not like '%:team'
    when 'public' then extension = 'broadcast'
    else false
  end
);

create policy "participants say that they are typing, operators that they are there" on realtime.messages
for insert to anon, authenticated
with check (
  case app.topic_role((select realtime.topic()))
    when 'operator' then (extension = 'broadcast' and (select realtime.topic()) like '%:typing')
      or (select realtime.topic()) like '%:team'
    when 'visitor' then extension = 'broadcast' and (select realtime.topic()) like '%:typing'
    else false
  end
);
