-- The visitor's address and whether the site blocks anybody come with the lock: three looks were three statements.
create or replace function public.send_visitor_message(
  message_id uuid,
  conversation_id uuid,
  body text default '',
  attachment_ids uuid[] default '{}',
  reply_to_seq integer default null
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := app.visitor_claims();
  visitor constant uuid := claims ->> 'visitor_id';
  site constant uuid := claims ->> 'site_id';
  called text;
  address inet;
  blocks boolean;
  stored public.messages;
  cleaned constant text := app.clean_body(body, cardinality(attachment_ids) > 0);
begin
  if message_id is null or conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if visitor is null then
    perform app.refuse(401, 'session_required');
  end if;
  -- The lock comes before the look for an earlier try: two tries at once cannot both miss each other.
  select v.name, s.address, exists (select from public.blocklist as b where b.site_id = site)
  into called, address, blocks
  from public.conversations as c join public.visitors as v on v.id = c.visitor_id
  left join private.visitor_sessions as s on s.id = (claims ->> 'session_id')::uuid
  where c.id = send_visitor_message.conversation_id and c.visitor_id = visitor and c.site_id = site
  for no key update of c;
  if blocks is distinct from false and app.visitor_blocked(visitor, site) then
    perform app.refuse(403, 'visitor_blocked');
  end if;
  if blocks is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if exists (select from public.messages as m where m.id = send_visitor_message.message_id) then
    return app.stored_message(message_id, conversation_id, visitor);
  end if;
  perform app.take_tokens('message', site, (claims ->> 'organization_id')::uuid, visitor, address);
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
