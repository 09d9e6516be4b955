-- An automatic answer hid the question that it answered: whoever looks through the list wants to know what people wrote.
-- `last_message_preview` is now of the last person, `last_author_kind` still of whoever wrote last, so that the list can
-- mark that a bot has answered since.
create function app.message_line(message public.messages) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return left(coalesce(nullif(regexp_replace(message.body, '\s+', ' ', 'g'), ''), message.attachments -> 0 ->> 'name', ''), 140);
end $$;
comment on function app.message_line is 'A message on one line: its text, or the name of its first file.';

create or replace function app.preview(message public.messages) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case when message.author_kind <> 'bot' then app.message_line(message) end;
end $$;
comment on function app.preview is
  'What the team''s list shows of a message; null for a bot''s, which leaves there what people wrote.';
comment on column public.conversations.last_message_preview is
  'The newest message for the visitor that a person wrote, on one line; empty when it was deleted.';
comment on column public.conversations.last_author_kind is
  'Who wrote the newest message for the visitor, bots included.';

-- Deleting a message that was only files took the files, and left the name of the first in the list.
create or replace function app.place_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.conversations as c set
    last_change_seq = c.last_change_seq + 1,
    last_message_preview = case
      when new.visibility = 'public' and new.author_kind in ('visitor', 'operator')
        and (new.body, new.attachments) is distinct from (old.body, old.attachments)
        and not exists (
          select from public.messages as newer
          where newer.conversation_id = new.conversation_id and newer.seq > new.seq
            and newer.visibility = 'public' and newer.author_kind in ('visitor', 'operator')
        ) then app.preview(new) else c.last_message_preview end
  where c.id = new.conversation_id
  returning c.last_change_seq into new.change_seq;
  return new;
end $$;

-- A visitor's own list goes on to show what was answered last, whoever did.
create or replace function app.listed_conversation(conversation public.conversations) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return app.visitor_conversation(conversation) || jsonb_build_object(
    'last_message_at', conversation.last_message_at,
    'last_message_preview', case when conversation.last_author_kind = 'bot' then (
      select app.message_line(m) from public.messages as m
      where m.conversation_id = conversation.id and m.visibility = 'public' and m.author_kind = 'bot'
      order by m.seq desc limit 1
    ) else conversation.last_message_preview end,
    'last_author_kind', conversation.last_author_kind, 'unread_count', app.visitor_unread(conversation)
  );
end $$;

update public.conversations as c set last_message_preview = coalesce((
  select app.preview(m) from public.messages as m
  where m.conversation_id = c.id and m.visibility = 'public' and m.author_kind in ('visitor', 'operator')
  order by m.seq desc limit 1
), '')
where c.last_author_kind = 'bot';
