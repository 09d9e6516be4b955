create function public.messages_after(conversation_id uuid, after_seq integer, max_rows integer default 200)
returns setof public.messages
language sql stable security invoker set search_path = ''
as $$
  select messages.* from public.messages
  where messages.conversation_id = messages_after.conversation_id and messages.seq > messages_after.after_seq
  order by messages.seq
  limit least(greatest(messages_after.max_rows, 1), 500)
$$;
comment on function public.messages_after is
  'Catch-up: messages above a seq that the caller may read, oldest first, at most 500.';

create function public.messages_before(conversation_id uuid, before_seq integer, max_rows integer default 30)
returns setof public.messages
language sql stable security invoker set search_path = ''
as $$
  select page.* from (
    select messages.* from public.messages
    where messages.conversation_id = messages_before.conversation_id and messages.seq < messages_before.before_seq
    order by messages.seq desc
    limit least(greatest(messages_before.max_rows, 1), 500)
  ) as page
  order by page.seq
$$;
comment on function public.messages_before is
  'History: the newest messages below a seq that the caller may read, oldest first, at most 500.';

-- security definer: readers have no right to write positions; the rule of the reader is here.
create function public.mark_read(conversation_id uuid, seq integer) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  reader uuid := coalesce(app.visitor_claim('visitor_id'), (select auth.uid()));
  kind public.author_kind := case when app.visitor_claim('visitor_id') is null then 'operator' else 'visitor' end;
  upto integer;
begin
  if reader is null then
    perform app.refuse(401, 'session_required');
  end if;
  if seq is null or seq < 0 then
    perform app.refuse(422, 'invalid_input');
  end if;
  select * into conversation from public.conversations as c
  where c.id = mark_read.conversation_id
    and case kind when 'visitor'
      then c.id = any (array(select app.my_visitor_conversation_ids()))
      else c.site_id = any (array(select app.my_site_ids())) end
  for no key update;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  upto := least(mark_read.seq, conversation.last_seq);
  insert into public.conversation_reads as known (
    conversation_id, organization_id, site_id, reader_kind, reader_id, last_read_seq, read_visitor_count
  )
  select conversation.id, conversation.organization_id, conversation.site_id, kind, reader, upto,
    conversation.visitor_message_count - (
      select count(*) from public.messages as m
      where m.conversation_id = conversation.id and m.seq > upto and m.author_kind = 'visitor'
    )
  on conflict on constraint conversation_reads_pkey do update set
    last_read_seq = excluded.last_read_seq, read_visitor_count = excluded.read_visitor_count, updated_at = now()
  where known.last_read_seq < excluded.last_read_seq;
  return (
    select r.last_read_seq from public.conversation_reads as r
    where r.conversation_id = conversation.id and r.reader_id = reader
  );
end $$;
comment on function public.mark_read is
  'Moves the caller''s read position forward (never back, never past the newest message) and returns it.';

-- security definer: a visitor may read these columns only, the shape is made from the whole row.
create function public.get_conversation(conversation_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select app.visitor_conversation(conversations) from public.conversations
  where conversations.id = get_conversation.conversation_id
    and conversations.id = any (array(select app.my_visitor_conversation_ids()))
$$;
comment on function public.get_conversation is
  'Catch-up of status and read positions: VisitorConversation of the visitor who calls, null for any other.';

grant execute on function public.get_conversation to anon;
grant execute on function public.messages_after, public.messages_before, public.mark_read to anon, authenticated;
