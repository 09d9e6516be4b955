-- The REST API. The edge function `api` only translates HTTP: whose key it is, what it may and which rows it reaches is
-- decided here, from the key's hash. security definer, all of them: a key is nobody who signs in, so no policy knows it.
drop index public.visitors_organization_id_idx;
create index on public.visitors (organization_id, created_at desc, id desc);
create index on public.visitors (organization_id, lower(email)) where email is not null;

create function app.api_caller(key_hash text, scope text) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  key constant jsonb := public.use_api_key(api_caller.key_hash);
begin
  if key is null then
    perform app.refuse(401, 'api_key_invalid');
  end if;
  -- Before the scope: whoever only collects refusals is slowed as well.
  perform app.take_token('api:' || (key ->> 'api_key_id'), 100, 300);
  if not key -> 'scopes' ? api_caller.scope then
    perform app.refuse(403, 'scope_missing', jsonb_build_object('scope', api_caller.scope));
  end if;
  return (key ->> 'organization_id')::uuid;
end $$;
comment on function app.api_caller is
  'The organisation of an API key that may do this; refuses unknown, revoked and expired keys, a missing scope, and more than 100 calls at once or 300 a minute.';

create function app.read_cursor(cursor text, out at timestamptz, out id uuid)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  parts text[];
begin
  if cursor is null then
    return;
  end if;
  parts := string_to_array(convert_from(decode(cursor, 'hex'), 'UTF8'), '|');
  at := to_timestamp(parts[1]::bigint / 1000000.0);
  id := parts[2]::uuid;
  if at is null or id is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "cursor"}');
  end if;
exception when data_exception then
  perform app.refuse(422, 'invalid_input', '{"argument": "cursor"}');
end $$;
comment on function app.read_cursor is 'Where a page ended, as app.page_of wrote it.';

create function app.page_of(rows jsonb, max_rows integer, key text default 'created_at') returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  last constant jsonb := rows -> (max_rows - 1);
begin
  return jsonb_build_object(
    'data', (
      select coalesce(jsonb_agg(entry.value order by entry.ordinality), '[]')
      from jsonb_array_elements(rows) with ordinality as entry where entry.ordinality <= max_rows
    ),
    -- One more row than asked for was read: there is another page.
    'next_cursor', case when jsonb_array_length(rows) > max_rows then encode(convert_to(
      (extract(epoch from (last ->> key)::timestamptz) * 1000000)::bigint || '|' || (last ->> 'id'), 'UTF8'
    ), 'hex') end
  );
end $$;
comment on function app.page_of is 'A page of the API and the cursor to the next one, out of one row more than the page has.';

create function app.page_size(max_rows integer) returns integer
language sql immutable security invoker set search_path = ''
as $$
  select least(greatest(coalesce(page_size.max_rows, 50), 1), 200)
$$;
comment on function app.page_size is 'Between 1 and 200.';

create function app.api_conversations(
  sites uuid[], statuses public.conversation_status[], before timestamptz, before_id uuid, most integer
) returns setof public.conversations
language sql stable security definer set search_path = ''
as $$
  -- One short index walk per site and status; an index for this list would cost every send.
  select page.* from unnest(api_conversations.sites) as site (id)
  cross join unnest(api_conversations.statuses) as wanted (status)
  cross join lateral (
    select * from public.conversations as c
    where c.site_id = site.id and c.status = wanted.status
      and (before is null or (c.last_message_at, c.id) < (before, before_id))
    order by c.last_message_at desc, c.id desc limit most
  ) as page
  order by page.last_message_at desc, page.id desc limit most
$$;
comment on function app.api_conversations is 'Conversations of these sites, newest word first. security definer: as above.';

create function public.api_list_conversations(
  key_hash text, status public.conversation_status default null, site_id uuid default null,
  visitor_id uuid default null, cursor text default null, max_rows integer default 50
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'conversations:read');
  most constant integer := app.page_size(max_rows);
  statuses constant public.conversation_status[] := case
    when api_list_conversations.status is null then '{open,closed,snoozed}' else array[api_list_conversations.status] end;
  sites uuid[];
  after record;
  rows jsonb;
begin
  select * into after from app.read_cursor(api_list_conversations.cursor);
  if api_list_conversations.visitor_id is not null then
    select coalesce(jsonb_agg(app.told_conversation(c) order by c.last_message_at desc, c.id desc), '[]') into rows
    from (
      select * from public.conversations as c
      where c.visitor_id = api_list_conversations.visitor_id and c.organization_id = organization
        and c.status = any (statuses) and (after.at is null or (c.last_message_at, c.id) < (after.at, after.id))
      order by c.last_message_at desc, c.id desc limit most + 1
    ) as c;
  else
    sites := array(
      select s.id from public.sites as s where s.organization_id = organization
        and (api_list_conversations.site_id is null or s.id = api_list_conversations.site_id)
    );
    select coalesce(jsonb_agg(app.told_conversation(c) order by c.last_message_at desc, c.id desc), '[]') into rows
    from app.api_conversations(sites, statuses, after.at, after.id, most + 1) as c;
  end if;
  return app.page_of(rows, most, 'last_message_at');
end $$;
comment on function public.api_list_conversations is
  'ApiPage of ApiConversation, newest word first, for a key with conversations:read.';

create function app.api_conversation(organization_id uuid, conversation_id uuid) returns public.conversations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  -- Locked, as every change of a conversation locks it first.
  select * into conversation from public.conversations as c
  where c.id = api_conversation.conversation_id and c.organization_id = api_conversation.organization_id
  for no key update;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  return conversation;
end $$;
comment on function app.api_conversation is 'A conversation of the organisation, locked; or refuses.';

create function public.api_get_conversation(key_hash text, conversation_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'conversations:read');
  conversation public.conversations;
begin
  select * into conversation from public.conversations as c
  where c.id = api_get_conversation.conversation_id and c.organization_id = organization;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  return app.told_conversation(conversation);
end $$;
comment on function public.api_get_conversation is 'ApiConversation, for a key with conversations:read.';

create function public.api_change_conversation(key_hash text, conversation_id uuid, changes jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization constant uuid := app.api_caller(key_hash, 'conversations:write');
  conversation public.conversations := app.api_conversation(organization, conversation_id);
  status constant public.conversation_status := coalesce((changes ->> 'status')::public.conversation_status, conversation.status);
  assignee constant uuid := case when changes ? 'assignee_id' then (changes ->> 'assignee_id')::uuid else conversation.assignee_id end;
begin
  if changes ? 'status' and status = 'snoozed' then
    perform app.refuse(422, 'invalid_input', '{"argument": "status"}');
  end if;
  if assignee is distinct from conversation.assignee_id and assignee is not null
    and not app.works_on_site(assignee, conversation.site_id) then
    perform app.refuse(422, 'assignee_not_on_site');
  end if;
  update public.conversations as c set
    status = wanted.status,
    snoozed_until = case when changes ? 'status' then null else c.snoozed_until end,
    closed_at = case when wanted.status = 'closed' then coalesce(c.closed_at, now()) end,
    close_reason = case when wanted.status = 'closed'
      then coalesce((changes ->> 'close_reason')::public.close_reason, c.close_reason) end,
    waiting_since = case when wanted.status = 'closed' then null else c.waiting_since end,
    assignee_id = assignee,
    priority = coalesce((changes ->> 'priority')::public.conversation_priority, c.priority)
  from (select status) as wanted
  where c.id = conversation.id
  returning c.* into conversation;
  return app.told_conversation(conversation);
end $$;
comment on function public.api_change_conversation is
  'Status (open or closed, with close_reason), assignee_id and priority, those that are named; ApiConversation, for a key with conversations:write.';

revoke execute on function
  public.api_list_conversations, public.api_get_conversation, public.api_change_conversation
from public, anon, authenticated;
grant execute on function
  public.api_list_conversations, public.api_get_conversation, public.api_change_conversation
to service_role;
