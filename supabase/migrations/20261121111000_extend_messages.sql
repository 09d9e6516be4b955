alter table public.messages
  add column reply_to_seq integer check (reply_to_seq > 0 and reply_to_seq < seq),
  add column attachments jsonb not null default '[]' check (jsonb_typeof(attachments) = 'array'),
  add column reactions jsonb not null default '{}' check (jsonb_typeof(reactions) = 'object'),
  add column change_seq integer not null default 0 check (change_seq >= 0),
  drop constraint messages_body_check,
  add constraint messages_body_check check (
    char_length(body) <= 4000 and (body <> '' or redacted_at is not null or attachments <> '[]')
  );
comment on column public.messages.reply_to_seq is 'The message of the same conversation that this one answers.';
comment on column public.messages.attachments is
  'Attachment of packages/contracts, in the order of sending; the rows behind it are in public.attachments.';
comment on column public.messages.reactions is
  'Emoji → ids of those who reacted, in the order they did; the rows behind it are in public.message_reactions.';
comment on column public.messages.change_seq is
  'Place of the newest edit, redaction or reaction among the changes of the conversation; 0 when never changed.';
create index on public.messages (conversation_id, change_seq) where change_seq > 0;

-- security definer: whoever may change a message moves its conversation with it.
create function app.place_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.conversations as c set
    last_change_seq = c.last_change_seq + 1,
    last_message_preview = case
      when new.visibility = 'public' and new.body <> old.body and not exists (
        select from public.messages as newer
        where newer.conversation_id = new.conversation_id and newer.seq > new.seq and newer.visibility = 'public'
      ) then app.preview(new) else c.last_message_preview end
  where c.id = new.conversation_id
  returning c.last_change_seq into new.change_seq;
  return new;
end $$;
comment on function app.place_change is
  'Takes the next change_seq under the conversation''s row lock, so that changes are ordered as they commit, without holes.';

create trigger place_change before update on public.messages
for each row when (
  (old.body, old.redacted_at, old.attachments, old.reactions)
    is distinct from (new.body, new.redacted_at, new.attachments, new.reactions)
)
execute function app.place_change();

create function app.preview(message public.messages) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return left(coalesce(nullif(regexp_replace(message.body, '\s+', ' ', 'g'), ''), message.attachments -> 0 ->> 'name', ''), 140);
end $$;
comment on function app.preview is 'What the list shows of a message: its text on one line, or the name of its first file.';

create or replace function app.place_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  for_visitor boolean := new.visibility = 'public' and new.author_kind <> 'system';
begin
  update public.conversations as c set
    last_seq = c.last_seq + 1,
    last_message_at = case when for_visitor then new.created_at else c.last_message_at end,
    last_message_preview = case when for_visitor then app.preview(new) else c.last_message_preview end,
    last_author_kind = case when for_visitor then new.author_kind else c.last_author_kind end,
    waiting_since = case
      when new.author_kind = 'visitor' then coalesce(c.waiting_since, new.created_at)
      when new.author_kind = 'operator' and for_visitor then null
      else c.waiting_since end,
    visitor_message_count = c.visitor_message_count + (new.author_kind = 'visitor')::integer,
    status = case when new.author_kind = 'visitor' then 'open' else c.status end,
    snoozed_until = case when new.author_kind = 'visitor' then null else c.snoozed_until end,
    closed_at = case when new.author_kind = 'visitor' then null else c.closed_at end,
    close_reason = case when new.author_kind = 'visitor' then null else c.close_reason end
  where c.id = new.conversation_id
  returning c.* into conversation;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if new.reply_to_seq >= conversation.last_seq then
    perform app.refuse(422, 'invalid_input', '{"argument": "reply_to_seq"}');
  end if;
  new.organization_id := conversation.organization_id;
  new.site_id := conversation.site_id;
  new.seq := conversation.last_seq;
  return new;
end $$;

-- Read positions and the like are not changes of a message.
create or replace function app.broadcast_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  -- A blocked visitor may still hold a socket: from then on only the team's topic hears of the conversation.
  topic constant text := 'conversation:' || new.conversation_id
    || case when new.visibility = 'team' or app.conversation_blocked(new.conversation_id, new.site_id) then ':team' else '' end;
begin
  if tg_op = 'INSERT' then
    perform realtime.send(to_jsonb(new), 'message_created', topic, true);
  elsif (old.body, old.redacted_at, old.edited_at, old.attachments)
    is distinct from (new.body, new.redacted_at, new.edited_at, new.attachments)
  then
    perform realtime.send(to_jsonb(new), 'message_updated', topic, true);
  elsif old.reactions <> new.reactions then
    perform realtime.send(
      jsonb_build_object(
        'message_id', new.id, 'conversation_id', new.conversation_id, 'seq', new.seq,
        'change_seq', new.change_seq, 'reactions', new.reactions
      ),
      'reaction_changed', topic, true
    );
  end if;
  return null;
end $$;

create function public.message_changes_after(conversation_id uuid, after_change_seq integer, max_rows integer default 200)
returns setof public.messages
language sql stable security invoker set search_path = ''
as $$
  select messages.* from public.messages
  where messages.conversation_id = message_changes_after.conversation_id
    and messages.change_seq > greatest(message_changes_after.after_change_seq, 0)
  order by messages.change_seq
  limit least(greatest(message_changes_after.max_rows, 1), 500)
$$;
comment on function public.message_changes_after is
  'Catch-up of edits, redactions and reactions: messages whose newest change is above a change_seq, oldest change first, at most 500.';
grant execute on function public.message_changes_after to anon, authenticated;
