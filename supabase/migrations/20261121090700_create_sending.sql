create function app.clean_body(body text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  cleaned text := btrim(coalesce(body, ''), E' \t\n\r\f\u000b\u00a0\u2028\u2029\ufeff');
begin
  if cleaned = '' then
    perform app.refuse(422, 'message_empty');
  end if;
  if char_length(cleaned) > 4000 then
    perform app.refuse(422, 'message_too_long', '{"max_length": 4000}');
  end if;
  return cleaned;
end $$;
comment on function app.clean_body is 'The body as it is stored: outer white space cut, 1 to 4,000 characters.';

-- The stored message of an earlier try with the same id, if this caller wrote it in this conversation.
create function app.stored_message(message_id uuid, conversation_id uuid, author_id uuid) returns public.messages
language plpgsql stable security definer set search_path = ''
as $$
declare
  stored public.messages;
begin
  select * into stored from public.messages where id = stored_message.message_id;
  if stored.id is not null
    and (stored.conversation_id, stored.author_id) is distinct from (stored_message.conversation_id, stored_message.author_id)
  then
    perform app.refuse(409, 'id_conflict');
  end if;
  return stored;
end $$;
comment on function app.stored_message is 'security definer: must see a foreign row to refuse it, without telling what it is.';

-- security definer: visitors have no right to write tables; the rules of the send are here.
create function public.send_visitor_message(message_id uuid, conversation_id uuid, body text) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor public.visitors;
  stored public.messages;
  cleaned text := app.clean_body(body);
begin
  if message_id is null or conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  -- The lock comes before the look for an earlier try: two tries at once cannot both miss each other.
  perform from public.conversations as c
  where c.id = send_visitor_message.conversation_id
    and c.visitor_id = app.visitor_claim('visitor_id') and c.site_id = app.visitor_claim('site_id')
  for update;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  stored := app.stored_message(message_id, conversation_id, app.visitor_claim('visitor_id'));
  if stored.id is not null then
    return stored;
  end if;
  perform app.take_token('message:' || app.visitor_claim('visitor_id'), 60, 60);
  select * into visitor from public.visitors where id = app.visitor_claim('visitor_id');
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, body)
  values (message_id, send_visitor_message.conversation_id, 'visitor', visitor.id, visitor.name, cleaned)
  returning * into stored;
  return stored;
exception when unique_violation then
  perform app.refuse(409, 'id_conflict');
end $$;
comment on function public.send_visitor_message is
  'Stores a visitor''s message once per message_id and returns the row; a repeat returns the stored row.';

create function app.visitor_detail(details jsonb, key text, max_length integer) returns text
language sql immutable security invoker set search_path = ''
as $$
  select nullif(left(btrim(details ->> key), max_length), '')
$$;

create function app.check_visitor_details(details jsonb) returns void
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if jsonb_typeof(details) <> 'object' or exists (
    select from jsonb_each(details) as detail
    where jsonb_typeof(detail.value) not in ('string', 'null')
      or detail.key not in ('name', 'email', 'language', 'time_zone', 'page_url', 'page_title', 'referrer')
  ) then
    perform app.refuse(422, 'invalid_input', '{"argument": "visitor"}');
  end if;
end $$;

-- security definer: the visitor's row is made from a session that no client may read.
create function app.upsert_visitor(details jsonb) returns public.visitors
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session private.visitor_sessions;
  visitor public.visitors;
  email text := app.visitor_detail(details, 'email', 254);
begin
  select * into session from private.visitor_sessions
  where id = app.visitor_claim('session_id') and visitor_id = app.visitor_claim('visitor_id') and revoked_at is null;
  if session.id is null then
    perform app.refuse(401, 'session_revoked');
  end if;
  insert into public.visitors as known (
    id, organization_id, site_id, external_id, verified, name, email, language, time_zone, page_url, page_title, referrer
  )
  values (
    session.visitor_id, session.organization_id, session.site_id,
    session.identity ->> 'sub', session.identity is not null,
    coalesce(session.identity ->> 'name', app.visitor_detail(details, 'name', 120)),
    coalesce(session.identity ->> 'email', case when email like '_%@_%' then email end),
    app.visitor_detail(details, 'language', 35), app.visitor_detail(details, 'time_zone', 64),
    app.visitor_detail(details, 'page_url', 2000), app.visitor_detail(details, 'page_title', 300),
    app.visitor_detail(details, 'referrer', 2000)
  )
  on conflict (id) do update set
    name = coalesce(excluded.name, known.name),
    email = coalesce(excluded.email, known.email),
    language = coalesce(excluded.language, known.language),
    time_zone = coalesce(excluded.time_zone, known.time_zone),
    page_url = coalesce(excluded.page_url, known.page_url),
    page_title = coalesce(excluded.page_title, known.page_title),
    referrer = coalesce(known.referrer, excluded.referrer),
    last_seen_at = now()
  returning * into visitor;
  return visitor;
end $$;

create function app.visitor_conversation(conversation public.conversations) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'id', conversation.id, 'status', conversation.status, 'created_at', conversation.created_at,
    'last_seq', conversation.last_seq, 'visitor_read_seq', conversation.visitor_read_seq,
    'team_read_seq', conversation.team_read_seq
  )
$$;
comment on function app.visitor_conversation is 'VisitorConversation of packages/contracts.';

-- security definer: the same as send_visitor_message, and it makes the visitor and the conversation.
create function public.start_conversation(
  conversation_id uuid, message_id uuid, body text, visitor jsonb default '{}'
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
  author := app.upsert_visitor(coalesce(visitor, '{}'));
  insert into public.conversations (id, organization_id, site_id, visitor_id)
  values (start_conversation.conversation_id, author.organization_id, author.site_id, author.id)
  on conflict (id) do nothing;
  if found then
    perform app.take_token('conversation:' || author.id, 30, 30);
  elsif not exists (
    select from public.conversations as c
    where c.id = start_conversation.conversation_id and c.visitor_id = author.id
  ) then
    perform app.refuse(409, 'id_conflict');
  end if;
  message := public.send_visitor_message(message_id, conversation_id, body);
  select * into conversation from public.conversations as c where c.id = start_conversation.conversation_id;
  return jsonb_build_object('conversation', app.visitor_conversation(conversation), 'message', to_jsonb(message));
end $$;
comment on function public.start_conversation is
  'Makes the visitor on the first call, the conversation and its first message, once per id; returns StartedConversation.';

-- security definer: operators have no right to write tables; the rules of the send are here.
create function public.send_operator_message(
  message_id uuid, conversation_id uuid, body text, seen_seq integer,
  visibility public.message_visibility default 'public'
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  stored public.messages;
  cleaned text := app.clean_body(body);
  author uuid := (select auth.uid());
begin
  if message_id is null or seen_seq is null or visibility is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  select * into conversation from public.conversations as c
  where c.id = send_operator_message.conversation_id and c.site_id = any (array(select app.my_site_ids()))
  for update;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  stored := app.stored_message(message_id, conversation_id, author);
  if stored.id is not null then
    return stored;
  end if;
  -- One's own messages do not make a reply stale: they may stand in the same outbox.
  if exists (
    select from public.messages as m
    where m.conversation_id = conversation.id and m.seq > send_operator_message.seen_seq
      and m.author_id is distinct from author and m.author_kind <> 'system'
  ) then
    perform app.refuse(409, 'stale_reply', jsonb_build_object('last_seq', conversation.last_seq));
  end if;
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, visibility, body)
  select message_id, conversation.id, 'operator', author, profiles.display_name, send_operator_message.visibility, cleaned
  from public.profiles where profiles.id = author
  returning * into stored;
  return stored;
exception when unique_violation then
  perform app.refuse(409, 'id_conflict');
end $$;
comment on function public.send_operator_message is
  'Stores an operator''s message once per message_id; refuses with stale_reply when somebody else wrote after seen_seq.';

grant execute on function public.send_visitor_message, public.start_conversation to anon;
grant execute on function public.send_operator_message to authenticated;
