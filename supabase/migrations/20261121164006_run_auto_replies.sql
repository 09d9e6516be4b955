-- security definer, all of them: nobody but the product writes what rules do.
create function app.apply_rule_actions(rule public.auto_reply_rules, conversation public.conversations) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.conversation_labels (conversation_id, label_id, organization_id, site_id)
  select conversation.id, l.id, conversation.organization_id, conversation.site_id
  from public.labels as l
  where l.organization_id = conversation.organization_id and rule.actions -> 'label_ids' ? l.id::text
  on conflict on constraint conversation_labels_pkey do nothing;
  -- Never away from somebody who has it.
  update public.conversations as c set assignee_id = (rule.actions ->> 'assign_id')::uuid
  where c.id = conversation.id and c.assignee_id is null and rule.actions ? 'assign_id'
    and app.works_on_site((rule.actions ->> 'assign_id')::uuid, c.site_id);
  insert into public.notifications (organization_id, user_id, kind, site_id, conversation_id, payload, dedupe_key)
  select conversation.organization_id, m.user_id, 'rule', conversation.site_id, conversation.id,
    jsonb_build_object('rule', rule.name), 'rule:' || rule.id || ':' || conversation.id
  from public.memberships as m
  where m.organization_id = conversation.organization_id and rule.actions -> 'notify_ids' ? m.user_id::text
    and app.works_on_site(m.user_id, conversation.site_id)
  on conflict (user_id, dedupe_key) do nothing;
  if rule.actions -> 'close' = 'true' then
    update public.conversations as c set
      status = 'closed', snoozed_until = null, closed_at = coalesce(c.closed_at, now()), waiting_since = null
    where c.id = conversation.id and c.status <> 'closed';
  end if;
end $$;
comment on function app.apply_rule_actions is
  'Labels, assigns, notifies, closes. What was deleted or lost its site since the rule was written is passed over.';

create function app.rule_replies(rule public.auto_reply_rules) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('text', reply.text) order by reply.place), '[]')
    from (
      select btrim(given.text) as text, min(given.place) as place
      from jsonb_array_elements_text(coalesce(rule.actions -> 'quick_replies', '[]')) with ordinality as given (text, place)
      where btrim(given.text) <> '' group by btrim(given.text) order by place limit 10
    ) as reply
  );
end $$;
comment on function app.rule_replies is 'QuickReply[] of a rule, each once, ten at most.';

create function app.fire_rule(rule public.auto_reply_rules, conversation public.conversations, facts jsonb) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  run_of constant text := app.run_key(rule.frequency, conversation);
  body constant text := app.fill_text(app.rule_text(rule.texts, facts ->> 'language', facts ->> 'fallback_language'), facts);
  message uuid := case when body is not null then gen_random_uuid() end;
begin
  insert into public.auto_reply_runs (rule_id, key, organization_id, site_id, conversation_id, message_id)
  values (rule.id, run_of, rule.organization_id, rule.site_id, conversation.id, message)
  on conflict on constraint auto_reply_runs_pkey do nothing;
  if not found then
    return false;
  end if;
  if message is not null then
    insert into public.messages (id, conversation_id, author_kind, body, quick_replies)
    values (message, conversation.id, 'bot', body, app.rule_replies(rule));
  end if;
  perform app.apply_rule_actions(rule, conversation);
  return true;
end $$;
comment on function app.fire_rule is 'Does what a rule says, unless it has done so for this conversation, visitor or day.';

create function app.run_auto_replies(conversation public.conversations, event jsonb) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  facts constant jsonb := app.reply_facts(conversation, event);
  rule public.auto_reply_rules;
  fired integer := 0;
begin
  for rule in
    select * from public.auto_reply_rules as r where r.site_id = conversation.site_id and r.enabled
      and (not event ? 'rule_id' or r.id::text = event ->> 'rule_id')
    order by r.position, r.created_at, r.id
  loop
    continue when app.rule_obstacle(rule, facts) is not null or not app.fire_rule(rule, conversation, facts);
    fired := fired + 1;
    exit when rule.stops;
  end loop;
  return fired;
end $$;
comment on function app.run_auto_replies is
  'Tries the rules of the site in their order on an event (message, silence, rating); returns how many fired.';

create function app.await_answer(conversation public.conversations) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.enqueue_job(
    'auto_reply',
    jsonb_build_object('conversation_id', conversation.id, 'rule_id', rule.id, 'waiting_since', conversation.waiting_since),
    conversation.organization_id,
    'auto_reply:' || rule.id || ':' || conversation.id || ':' || extract(epoch from conversation.waiting_since),
    conversation.waiting_since + make_interval(mins => (rule.conditions ->> 'after_minutes')::integer)
  )
  from public.auto_reply_rules as rule
  where rule.site_id = conversation.site_id and rule.enabled and rule.trigger = 'no_reply'
    and conversation.waiting_since is not null and conversation.status <> 'closed';
end $$;
comment on function app.await_answer is
  'Leaves a job for each rule that speaks when nobody answers; the job finds out whether somebody did.';

create function public.run_auto_reply(payload jsonb) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  since constant timestamptz := (payload ->> 'waiting_since')::timestamptz;
  event jsonb := payload - array['conversation_id', 'waiting_since'];
begin
  select * into conversation from public.conversations as c
  where c.id = (payload ->> 'conversation_id')::uuid for no key update;
  if conversation.id is null then
    return false;
  end if;
  if since is not null then
    -- A person answered, or it was closed: what was pending is cancelled. Snoozed, somebody has seen it.
    if conversation.waiting_since is distinct from since or conversation.status <> 'open' then
      return false;
    end if;
    event := event || jsonb_build_object('event', 'silence', 'waited_minutes', extract(epoch from now() - since) / 60);
  end if;
  return app.run_auto_replies(conversation, event) > 0;
end $$;
comment on function public.run_auto_reply is
  'For the job auto_reply: a rule about silence falls due (rule_id, waiting_since), or an event that failed is tried again. However often it runs, each rule fires once.';
revoke execute on function public.run_auto_reply from public, anon, authenticated;
grant execute on function public.run_auto_reply to service_role;

create function app.react_to_event(conversation_id uuid, event jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  select * into conversation from public.conversations as c where c.id = react_to_event.conversation_id;
  perform app.run_auto_replies(conversation, event);
exception when others then
  -- What the visitor did must be stored whatever a rule does: it is tried again later, and its error can be seen there.
  raise warning 'auto-replies of % failed: %', conversation_id, sqlerrm;
  perform app.enqueue_job(
    'auto_reply', event || jsonb_build_object('conversation_id', conversation_id), conversation.organization_id,
    'auto_reply:' || conversation_id || ':' || md5(event::text)
  );
end $$;
comment on function app.react_to_event is 'Runs the rules at once; a failure becomes a job instead of the visitor''s failure.';

create function app.react_to_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not exists (select from public.auto_reply_rules as r where r.site_id = new.site_id and r.enabled and r.trigger <> 'proactive') then
    return null;
  end if;
  perform app.react_to_event(new.conversation_id, jsonb_build_object('event', 'message', 'body', new.body, 'seq', new.seq));
  perform app.await_answer(c) from public.conversations as c where c.id = new.conversation_id;
  return null;
end $$;
comment on function app.react_to_message is
  'Only visitors'' messages come here: what rules write triggers nothing, so nothing can go in circles.';

-- After broadcast_message, in the order of names: the answer is told after what it answers.
create trigger react_to_message after insert on public.messages
for each row when (new.author_kind = 'visitor') execute function app.react_to_message();

create function app.react_to_rating() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform from public.conversations as c where c.id = new.conversation_id for no key update;
  perform app.react_to_event(new.conversation_id, jsonb_build_object('event', 'rating', 'score', new.score));
  return null;
end $$;

create trigger react_to_rating after insert or update of score on public.ratings
for each row execute function app.react_to_rating();
