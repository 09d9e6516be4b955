-- Of two sites at once one was refused: `on conflict (id)` looks at one unique key, and a site has (id, organization_id) too.
-- security definer: nobody writes sites but the functions about them.
create or replace function public.create_site(
  site_id uuid, organization_id uuid, name text, allowed_origins text[] default '{}', time_zone text default 'UTC'
) returns public.sites
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites;
  cleaned text := app.clean_name(create_site.name);
begin
  perform app.require_role(create_site.organization_id, 'admin');
  insert into public.sites (id, organization_id, name, allowed_origins, time_zone)
  values (
    create_site.site_id, create_site.organization_id, cleaned, coalesce(create_site.allowed_origins, '{}'),
    coalesce(create_site.time_zone, 'UTC')
  )
  on conflict do nothing;
  if found then
    perform app.take_token('site:' || create_site.organization_id, 20, 5);
  end if;
  select * into site from public.sites
  where sites.id = create_site.site_id and sites.organization_id = create_site.organization_id;
  if site.id is null then
    perform app.refuse(409, 'id_conflict');
  end if;
  return site;
exception when check_violation or not_null_violation then
  perform app.refuse(422, 'invalid_input');
end $$;

-- Of two visitors with one id at once the second was refused by Postgres instead of by us: `on conflict (id)` looks at one
-- unique key, and a conversation has (id, organization_id, site_id) too.
-- security definer: the same as send_visitor_message, and it makes the visitor and the conversation.
create or replace function public.start_conversation(
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
    on conflict do nothing
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

-- security definer: the same as start_conversation, which does the rest.
create or replace function public.start_conversation_from_teaser(
  conversation_id uuid, message_id uuid, body text, rule_id uuid, visitor jsonb default '{}'
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  author public.visitors;
  conversation public.conversations;
  rule public.auto_reply_rules;
begin
  if conversation_id is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  perform app.refuse_blocked();
  perform app.check_visitor_details(coalesce(visitor, '{}'));
  select * into rule from public.auto_reply_rules as r
  where r.id = start_conversation_from_teaser.rule_id and r.site_id = app.visitor_claim('site_id')
    and r.trigger = 'proactive' and r.enabled;
  -- A rule that is gone since the teaser was shown must not cost the visitor their message.
  if rule.id is not null then
    author := app.upsert_visitor(coalesce(visitor, '{}'));
    insert into public.conversations as c (id, organization_id, site_id, visitor_id)
    values (start_conversation_from_teaser.conversation_id, author.organization_id, author.site_id, author.id)
    on conflict do nothing
    returning c.* into conversation;
    if conversation.id is not null then
      perform app.take_visitor_tokens('conversation');
      -- How often it is shown is the browser's business; what was answered belongs into the conversation.
      rule.frequency := 'conversation';
      perform app.fire_rule(rule, conversation, app.reply_facts(conversation, '{"event": "teaser"}'));
    end if;
  end if;
  return public.start_conversation(conversation_id, message_id, body, visitor);
end $$;
