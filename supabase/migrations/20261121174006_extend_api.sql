-- Messages and visitors of the REST API. security definer, for the same reason.
create function public.api_list_messages(
  key_hash text, conversation_id uuid, after_seq integer default 0, max_rows integer default 50
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'messages:read');
  most constant integer := app.page_size(max_rows);
  rows jsonb;
begin
  if not exists (
    select from public.conversations as c
    where c.id = api_list_messages.conversation_id and c.organization_id = organization
  ) then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  select coalesce(jsonb_agg(app.told_message(listed) order by listed.seq), '[]') into rows
  from (
    select * from public.messages as m
    where m.conversation_id = api_list_messages.conversation_id and m.seq > coalesce(api_list_messages.after_seq, 0)
    order by m.seq limit most + 1
  ) as listed;
  return app.page_of(rows, most) || jsonb_build_object(
    'next_cursor', case when jsonb_array_length(rows) > most then rows -> (most - 1) ->> 'seq' end
  );
end $$;
comment on function public.api_list_messages is
  'ApiPage of ApiMessage, oldest first, private notes included, for a key with messages:read. The cursor is the last seq.';

create function public.api_send_message(
  key_hash text, conversation_id uuid, message_id uuid, body text,
  operator_id uuid default null, author_name text default null,
  visibility public.message_visibility default 'public'
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'messages:write');
  conversation constant public.conversations := app.api_conversation(organization, conversation_id);
  cleaned constant text := app.clean_body(body, false);
  stored public.messages;
  called text;
begin
  if message_id is null or (visibility = 'team' and operator_id is null) then
    perform app.refuse(422, 'invalid_input', '{"argument": "visibility"}');
  end if;
  select * into stored from public.messages as m where m.id = api_send_message.message_id;
  if found then
    if stored.conversation_id <> conversation.id or stored.author_kind not in ('operator', 'bot') then
      perform app.refuse(409, 'id_conflict');
    end if;
    return app.told_message(stored);
  end if;
  if operator_id is not null then
    if not app.works_on_site(operator_id, conversation.site_id) then
      perform app.refuse(422, 'assignee_not_on_site');
    end if;
    select p.display_name into called from public.profiles as p where p.id = operator_id;
  else
    called := left(nullif(btrim(author_name), ''), 120);
  end if;
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, visibility, body)
  values (
    message_id, conversation.id, (case when operator_id is null then 'bot' else 'operator' end)::public.author_kind,
    operator_id, called, api_send_message.visibility, cleaned
  )
  on conflict on constraint messages_pkey do nothing
  returning * into stored;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  return app.told_message(stored);
end $$;
comment on function public.api_send_message is
  'Writes as an operator who works on the site, or as a bot; a repeat with the same id answers the stored message. ApiMessage, for a key with messages:write.';

create function public.api_list_visitors(
  key_hash text, email text default null, external_id text default null, site_id uuid default null,
  cursor text default null, max_rows integer default 50
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'visitors:read');
  most constant integer := app.page_size(max_rows);
  after record;
begin
  select * into after from app.read_cursor(api_list_visitors.cursor);
  return app.page_of((
    select coalesce(jsonb_agg(app.told_visitor(listed) order by listed.created_at desc, listed.id desc), '[]')
    from (
      select * from public.visitors as v
      where v.organization_id = organization
        and (api_list_visitors.email is null or lower(v.email) = lower(api_list_visitors.email))
        and (api_list_visitors.external_id is null or v.external_id = api_list_visitors.external_id)
        and (api_list_visitors.site_id is null or v.site_id = api_list_visitors.site_id)
        and (after.at is null or (v.created_at, v.id) < (after.at, after.id))
      order by v.created_at desc, v.id desc limit most + 1
    ) as listed
  ), most);
end $$;
comment on function public.api_list_visitors is 'ApiPage of ApiVisitor, newest first, for a key with visitors:read.';

create function public.api_get_visitor(key_hash text, visitor_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'visitors:read');
  visitor public.visitors;
begin
  select * into visitor from public.visitors as v
  where v.id = api_get_visitor.visitor_id and v.organization_id = organization;
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  return app.told_visitor(visitor);
end $$;
comment on function public.api_get_visitor is 'ApiVisitor, for a key with visitors:read.';

create function public.api_change_visitor(key_hash text, visitor_id uuid, changes jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'visitors:write');
  visitor public.visitors;
begin
  if changes ->> 'email' is not null and not app.valid_email(changes ->> 'email') then
    perform app.refuse(422, 'invalid_input', '{"argument": "email"}');
  end if;
  update public.visitors as v set
    name = case when changes ? 'name' then nullif(btrim(changes ->> 'name'), '') else v.name end,
    email = case when changes ? 'email' then changes ->> 'email' else v.email end,
    phone = case when changes ? 'phone' then nullif(btrim(changes ->> 'phone'), '') else v.phone end
  where v.id = api_change_visitor.visitor_id and v.organization_id = organization
  returning v.* into visitor;
  if visitor.id is null then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  return app.told_visitor(visitor);
exception when check_violation then
  perform app.refuse(422, 'invalid_input');
end $$;
comment on function public.api_change_visitor is
  'Name, email and phone, those that are named (null empties them); ApiVisitor, for a key with visitors:write.';

revoke execute on function
  public.api_list_messages, public.api_send_message, public.api_list_visitors, public.api_get_visitor,
  public.api_change_visitor
from public, anon, authenticated;
grant execute on function
  public.api_list_messages, public.api_send_message, public.api_list_visitors, public.api_get_visitor,
  public.api_change_visitor
to service_role;
