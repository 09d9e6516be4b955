create function app.visitor_unread(conversation public.conversations) returns integer
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select count(*) from (
      select from public.messages as m
      where m.conversation_id = conversation.id and m.seq > conversation.visitor_read_seq
        and m.visibility = 'public' and m.author_kind in ('operator', 'bot') and m.redacted_at is null
      limit 100
    ) as unread
  );
end $$;
comment on function app.visitor_unread is
  'What of the team''s answers the visitor has not read: no notices, nothing that was deleted; 100 at most.';

create function app.listed_conversation(conversation public.conversations) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return app.visitor_conversation(conversation) || jsonb_build_object(
    'last_message_at', conversation.last_message_at, 'last_message_preview', conversation.last_message_preview,
    'last_author_kind', conversation.last_author_kind, 'unread_count', app.visitor_unread(conversation)
  );
end $$;
comment on function app.listed_conversation is 'ListedConversation of packages/contracts.';

-- security definer: a visitor may read some columns only, the shape is made from the whole row.
create function public.list_visitor_conversations(
  before timestamptz default null, before_id uuid default null, max_rows integer default 20
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  wanted integer := least(greatest(max_rows, 1), 50);
begin
  return (
    with page as (
      select c as conversation, row_number() over (order by c.last_message_at desc, c.id desc) as place
      from public.conversations as c
      where c.id = any (array(select app.my_visitor_conversation_ids()))
        and (list_visitor_conversations.before is null
          or (c.last_message_at, c.id) < (list_visitor_conversations.before, list_visitor_conversations.before_id))
      order by c.last_message_at desc, c.id desc
      limit wanted + 1
    )
    select jsonb_build_object(
      'conversations', coalesce(
        jsonb_agg(app.listed_conversation(page.conversation) order by page.place) filter (where page.place <= wanted), '[]'
      ),
      'has_more', count(*) > wanted,
      'unread_count', least(100, coalesce((
        select sum(app.visitor_unread(c)) from public.conversations as c
        where c.id = any (array(select app.my_visitor_conversation_ids())) and c.last_seq > c.visitor_read_seq
      ), 0))
    )
    from page
  );
end $$;
comment on function public.list_visitor_conversations is
  'VisitorConversationPage of the visitor who calls, the newest first; nothing for anybody else.';

create function app.visitor_unread_count(visitor_id uuid, site_id uuid) returns integer
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return least(100, coalesce((
    select sum(app.visitor_unread(c)) from public.conversations as c
    where c.visitor_id = visitor_unread_count.visitor_id and c.site_id = visitor_unread_count.site_id
      and c.last_seq > c.visitor_read_seq
  ), 0));
end $$;
comment on function app.visitor_unread_count is 'What a visitor has not read in all its conversations on a site, 100 at most.';

create or replace function public.boot_visitor(
  site_key text, origin text, address text, new_token_hash text,
  token_hash text default null, identity jsonb default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims jsonb;
  conversation public.conversations;
  site_id uuid;
begin
  if token_hash is not null or identity is not null then
    claims := public.open_visitor_session(site_key, origin, address, new_token_hash, token_hash, identity);
    site_id := app.site_id_of_key(boot_visitor.site_key);
  else
    site_id := (app.open_site(site_key, origin, address)).id;
  end if;
  -- Not the same as an unusable token: the browser must keep it, or its next visit is a new, unblocked visitor.
  if claims ->> 'refused' = 'visitor_blocked' then
    perform app.refuse(403, 'visitor_blocked');
  end if;
  select * into conversation from public.conversations as c
  where c.visitor_id = (claims ->> 'visitor_id')::uuid and c.site_id = (claims ->> 'site_id')::uuid
  order by c.last_message_at desc, c.id desc limit 1;
  return jsonb_build_object(
    'claims', case when claims ? 'refused' then null else claims end,
    'site', app.public_site(site_id),
    'conversation', case when conversation.id is not null then app.listed_conversation(conversation) || jsonb_build_object(
      'messages', (
        select coalesce(jsonb_agg(to_jsonb(newest) order by newest.seq), '[]')
        from (
          select m.* from public.messages as m
          where m.conversation_id = conversation.id and m.visibility = 'public'
          order by m.seq desc limit 30
        ) as newest
      )) end,
    'conversation_count', (
      select count(*) from public.conversations as c
      where c.visitor_id = (claims ->> 'visitor_id')::uuid and c.site_id = (claims ->> 'site_id')::uuid
    ),
    'unread_count', app.visitor_unread_count((claims ->> 'visitor_id')::uuid, (claims ->> 'site_id')::uuid)
  );
end $$;

grant execute on function public.list_visitor_conversations to anon;
