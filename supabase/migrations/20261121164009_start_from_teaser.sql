-- security definer: the same as start_conversation, which does the rest.
create function public.start_conversation_from_teaser(
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
    on conflict (id) do nothing
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
comment on function public.start_conversation_from_teaser is
  'start_conversation for a visitor who answers a teaser: its text, from the rule, is the conversation''s first message.';
grant execute on function public.start_conversation_from_teaser to anon;
