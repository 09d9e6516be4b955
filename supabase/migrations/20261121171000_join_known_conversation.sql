-- A page that was loaded before the visitor wrote elsewhere does not know of the conversation: its first text would begin
-- a second one. Only the database knows, at the moment of the send.
drop function public.start_conversation;

-- security definer: the same as send_visitor_message, and it makes the visitor and the conversation.
create function public.start_conversation(
  conversation_id uuid, message_id uuid, body text, visitor jsonb default '{}', join_known boolean default false
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  author public.visitors;
  conversation public.conversations;
  message public.messages;
begin
  perform app.clean_body(body);
  perform app.check_visitor_details(coalesce(visitor, '{}'));
  if conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  perform app.refuse_blocked();
  -- Locks the visitor: two pages cannot both find nothing.
  author := app.upsert_visitor(coalesce(visitor, '{}'));
  select * into conversation from public.conversations as c where c.id = start_conversation.conversation_id;
  if conversation.id is null and coalesce(join_known, false) then
    select * into conversation from public.conversations as c
    where c.visitor_id = author.id and c.site_id = author.site_id
    order by c.last_message_at desc, c.id desc limit 1;
  end if;
  if conversation.id is null then
    insert into public.conversations as c (id, organization_id, site_id, visitor_id)
    values (start_conversation.conversation_id, author.organization_id, author.site_id, author.id)
    on conflict (id) do nothing
    returning c.* into conversation;
    if found then
      perform app.take_visitor_tokens('conversation');
    end if;
  end if;
  if conversation.visitor_id is distinct from author.id then
    perform app.refuse(409, 'id_conflict');
  end if;
  message := public.send_visitor_message(message_id, conversation.id, body);
  select * into conversation from public.conversations as c where c.id = message.conversation_id;
  return jsonb_build_object('conversation', app.visitor_conversation(conversation), 'message', to_jsonb(message));
end $$;
comment on function public.start_conversation is
  'Makes the visitor on the first call, the conversation and its first message, once per id; returns StartedConversation. With `join_known` a text goes into the visitor''s conversation of the last word, if there is one, whatever the id says.';
grant execute on function public.start_conversation to anon;
