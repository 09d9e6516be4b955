create function app.mentions(body text, keyword text) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  word constant text := lower(btrim(keyword));
  -- Everything but letters, digits and spaces is itself.
  pattern constant text := regexp_replace(rtrim(word, '*'), '([^[:alnum:][:space:]])', '\\\1', 'g');
begin
  -- A keyword begins and ends where words do; with * at its end any ending will do.
  return pattern <> '' and coalesce(
    lower(body) ~ ('(^|[^[:alnum:]])' || pattern || case when word like '%*' then '' else '($|[^[:alnum:]])' end), false
  );
end $$;
comment on function app.mentions is 'Whether a text holds a keyword as a whole word, whatever the case; "deliver*" stands for every word that begins so.';

create function app.contains_any(body text, parts jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return exists (
    select from jsonb_array_elements_text(parts) as part where position(lower(part) in lower(coalesce(body, ''))) > 0
  );
end $$;

create function app.condition_holds(condition text, wanted jsonb, facts jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(case condition
    when 'languages' then exists (
      select from jsonb_array_elements_text(wanted) as tag
      where lower(facts ->> 'language') = lower(tag) or lower(facts ->> 'language') like lower(tag) || '-%'
    )
    when 'channels' then wanted ? (facts ->> 'channel')
    when 'keywords' then exists (
      select from jsonb_array_elements_text(wanted) as keyword where app.mentions(facts ->> 'body', keyword)
    )
    when 'page_contains' then app.contains_any(facts ->> 'page_url', wanted)
    when 'referrer_contains' then app.contains_any(facts ->> 'referrer', wanted)
    when 'label_ids' then facts -> 'label_ids' ?| array(select jsonb_array_elements_text(wanted))
    when 'verified' then facts -> 'verified' = wanted
    when 'schedule' then (facts ->> 'open')::boolean = (wanted = '"open"')
    when 'after_minutes' then (facts ->> 'waited_minutes')::numeric >= wanted::numeric
    when 'score_at_most' then (facts ->> 'score')::numeric <= wanted::numeric
    -- Only a browser can tell the rest, and only proactive rules ask it.
    else true end, false);
end $$;
comment on function app.condition_holds is 'Whether one condition of a rule holds for what is known of an event.';

create function app.rule_obstacle(rule public.auto_reply_rules, facts jsonb) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  message constant boolean := facts ->> 'event' = 'message';
  triggered constant boolean := case rule.trigger
    when 'first_message' then message and (facts ->> 'first')::boolean
    when 'returning_visitor' then message and (facts ->> 'first')::boolean and (facts ->> 'returning')::boolean
    when 'outside_hours' then message and not (facts ->> 'open')::boolean
    when 'nobody_online' then message and not (facts ->> 'online')::boolean
    when 'keyword' then message
    when 'no_reply' then facts ->> 'event' = 'silence'
    when 'rating_given' then facts ->> 'event' = 'rating'
    else false end;
begin
  if not coalesce(triggered, false) then
    return 'trigger';
  end if;
  return (
    select min(condition.key) from jsonb_each(rule.conditions) as condition
    where not app.condition_holds(condition.key, condition.value, facts)
  );
end $$;
comment on function app.rule_obstacle is
  'Why a rule does not fire on an event: trigger, or the first of its conditions that does not hold; null when it fires.';

create function app.run_key(frequency public.auto_reply_frequency, conversation public.conversations) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return case frequency
    when 'conversation' then 'conversation:' || conversation.id
    when 'visitor' then 'visitor:' || conversation.visitor_id
    else 'visitor:' || conversation.visitor_id || ':' || (
      select (now() at time zone s.time_zone)::date from public.sites as s where s.id = conversation.site_id
    ) end;
end $$;
comment on function app.run_key is 'What may happen once: the conversation, the visitor, or the visitor on this day of the site.';

create function app.reply_facts(conversation public.conversations, event jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  visitor public.visitors;
  site public.sites;
  settings public.widget_settings;
begin
  select * into visitor from public.visitors as v where v.id = conversation.visitor_id;
  select * into site from public.sites as s where s.id = conversation.site_id;
  select * into settings from public.widget_settings as w where w.site_id = conversation.site_id;
  return jsonb_build_object(
    'language', visitor.language, 'page_url', visitor.page_url, 'referrer', visitor.referrer,
    'verified', visitor.verified, 'visitor_name', visitor.name, 'visitor_email', visitor.email,
    'fallback_language', settings.language, 'site_name', site.name, 'channel', conversation.channel,
    'organization_name', (select o.name from public.organizations as o where o.id = site.organization_id),
    'operator_name', (select p.display_name from public.profiles as p where p.id = conversation.assignee_id),
    'operator_signature', (select p.signature from public.profiles as p where p.id = conversation.assignee_id),
    'label_ids', (
      select coalesce(jsonb_agg(l.label_id), '[]') from public.conversation_labels as l where l.conversation_id = conversation.id
    ),
    'first', conversation.visitor_message_count = 1,
    'returning', exists (
      select from public.conversations as c
      where c.visitor_id = conversation.visitor_id and c.site_id = conversation.site_id and c.created_at < conversation.created_at
    )
  ) || app.site_status(site.id) || event;
end $$;
comment on function app.reply_facts is 'All that rules may ask about a conversation at an event.';
