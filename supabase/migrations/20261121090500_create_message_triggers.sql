-- security definer: whoever may add a message moves its conversation with it.
create function app.place_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  for_visitor boolean := new.visibility = 'public';
begin
  update public.conversations as c set
    last_seq = c.last_seq + 1,
    last_message_at = case when for_visitor then new.created_at else c.last_message_at end,
    last_message_preview = case when for_visitor
      then left(regexp_replace(new.body, '\s+', ' ', 'g'), 140) else c.last_message_preview end,
    last_author_kind = case when for_visitor then new.author_kind else c.last_author_kind end,
    waiting_since = case
      when new.author_kind = 'visitor' then coalesce(c.waiting_since, new.created_at)
      when new.author_kind = 'operator' and for_visitor then null
      else c.waiting_since end,
    visitor_message_count = c.visitor_message_count + (new.author_kind = 'visitor')::integer,
    status = case when new.author_kind = 'visitor' then 'open' else c.status end,
    closed_at = case when new.author_kind = 'visitor' then null else c.closed_at end
  where c.id = new.conversation_id
  returning c.* into conversation;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  new.organization_id := conversation.organization_id;
  new.site_id := conversation.site_id;
  new.seq := conversation.last_seq;
  return new;
end $$;
comment on function app.place_message is
  'Takes the next seq under the conversation''s row lock, so that seq has no holes and follows the order of commits.';

create trigger place_message before insert on public.messages
for each row execute function app.place_message();

create function app.mark_conversation_changed() returns trigger
language plpgsql security invoker set search_path = ''
as $$
begin
  new.changed_xid := pg_current_xact_id();
  new.updated_at := clock_timestamp();
  return new;
end $$;

create trigger mark_conversation_changed before update on public.conversations
for each row execute function app.mark_conversation_changed();

-- security definer: a reader may not update conversations, but its position shows there.
create function app.carry_read_position() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.conversations as c set
    visitor_read_seq = case when new.reader_kind = 'visitor'
      then greatest(c.visitor_read_seq, new.last_read_seq) else c.visitor_read_seq end,
    team_read_seq = case when new.reader_kind = 'operator'
      then greatest(c.team_read_seq, new.last_read_seq) else c.team_read_seq end
  where c.id = new.conversation_id;
  return new;
end $$;

create trigger carry_read_position after insert or update on public.conversation_reads
for each row execute function app.carry_read_position();

-- A renamed visitor changes the rows of the list, so the list must hear of it.
create function app.mark_visitor_changed() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.conversations set changed_xid = pg_current_xact_id() where visitor_id = new.id;
  return new;
end $$;
comment on function app.mark_visitor_changed is 'security definer: nobody but triggers writes conversations.';

create trigger mark_visitor_changed after update of name, email, verified on public.visitors
for each row when ((old.name, old.email, old.verified) is distinct from (new.name, new.email, new.verified))
execute function app.mark_visitor_changed();
