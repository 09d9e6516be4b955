create function app.visitor_claims() returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
begin
  -- Visitors come as `anon`; a claim of a visitor in an operator's token must mean nothing.
  return case when claims ->> 'role' = 'anon' then claims end;
end $$;
comment on function app.visitor_claims is 'All claims of a visitor''s token; null for everybody else.';
grant execute on function app.visitor_claims to anon, authenticated;

create or replace function app.visitor_claim(name text) returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (app.visitor_claims() ->> visitor_claim.name)::uuid;
end $$;

-- An earlier try is looked for by its key alone, and no send has a handler of exceptions: each would cost a transaction of
-- its own inside.
-- security definer: visitors have no right to write tables; the rules of the send are here.
create or replace function public.send_visitor_message(
  message_id uuid, conversation_id uuid, body text default '',
  attachment_ids uuid[] default '{}', reply_to_seq integer default null
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := app.visitor_claims();
  visitor constant uuid := claims ->> 'visitor_id';
  site constant uuid := claims ->> 'site_id';
  called text;
  stored public.messages;
  cleaned constant text := app.clean_body(body, cardinality(attachment_ids) > 0);
begin
  if message_id is null or conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if visitor is null then
    perform app.refuse(401, 'session_required');
  end if;
  if app.visitor_blocked(visitor, site) then
    perform app.refuse(403, 'visitor_blocked');
  end if;
  -- The lock comes before the look for an earlier try: two tries at once cannot both miss each other.
  select v.name into called
  from public.conversations as c join public.visitors as v on v.id = c.visitor_id
  where c.id = send_visitor_message.conversation_id and c.visitor_id = visitor and c.site_id = site
  for no key update of c;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if exists (select from public.messages as m where m.id = send_visitor_message.message_id) then
    return app.stored_message(message_id, conversation_id, visitor);
  end if;
  perform app.take_tokens(
    'message', site, (claims ->> 'organization_id')::uuid, visitor,
    (select s.address from private.visitor_sessions as s where s.id = (claims ->> 'session_id')::uuid)
  );
  -- An id that another conversation took meanwhile: handled here, because a handler of exceptions would cost every send
  -- a transaction of its own.
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, body, attachments, reply_to_seq)
  values (
    message_id, send_visitor_message.conversation_id, 'visitor', visitor, called, cleaned,
    case when cardinality(attachment_ids) > 0 then app.claim_attachments(conversation_id, visitor, attachment_ids) else '[]' end,
    send_visitor_message.reply_to_seq
  )
  on conflict on constraint messages_pkey do nothing
  returning * into stored;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  return stored;
end $$;
