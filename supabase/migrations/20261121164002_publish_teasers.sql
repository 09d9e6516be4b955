create or replace function app.valid_rule_conditions(conditions jsonb) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select case when jsonb_typeof(conditions) = 'object' then coalesce((
    select bool_and(case condition.key
      when 'languages' then app.is_text_list(condition.value, 35)
      when 'channels' then app.is_text_list(condition.value, 30)
      when 'keywords' then app.is_text_list(condition.value, 100)
      when 'page_contains' then app.is_text_list(condition.value)
      when 'referrer_contains' then app.is_text_list(condition.value)
      when 'label_ids' then app.is_text_list(condition.value, 36)
      when 'verified' then jsonb_typeof(condition.value) = 'boolean'
      when 'schedule' then condition.value in ('"open"', '"closed"')
      when 'after_minutes' then app.is_whole_number(condition.value, 1, 10080)
      when 'seconds_on_page' then app.is_whole_number(condition.value, 0, 86400)
      when 'min_visits' then app.is_whole_number(condition.value, 1, 1000)
      when 'scroll_percent' then app.is_whole_number(condition.value, 1, 100)
      when 'exit_intent' then condition.value = 'true'
      when 'score_at_most' then app.is_whole_number(condition.value, 1, 5)
      else false end)
    from jsonb_each(conditions) as condition
  ), true) else false end
$$;

create function app.rule_text(texts jsonb, language text, fallback text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(
    texts ->> case when rule_text.language like 'uk%' then 'uk' else 'en' end,
    texts ->> rule_text.fallback, texts ->> 'en', texts ->> 'uk'
  );
end $$;
comment on function app.rule_text is 'A rule''s text in the visitor''s language, else the site''s, else any; null for a rule that says nothing.';

create function app.fill_text(body text, facts jsonb) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  filled text := body;
  variable text;
  value text;
begin
  for variable in select distinct found.match[1] from regexp_matches(body, '\{\{\s*([a-z_]+)\s*\}\}', 'g') as found (match) loop
    -- What a visitor calls themselves is no variable.
    value := replace(facts ->> variable, '{{', '{ {');
    filled := regexp_replace(
      filled,
      -- Without a name, "Hello, {{visitor_name}}!" is "Hello!".
      case when coalesce(value, '') = '' then '[ ,]*' else '' end || '\{\{\s*' || variable || '\s*\}\}',
      replace(coalesce(value, ''), '\', '\\'), 'g'
    );
  end loop;
  return nullif(btrim(left(filled, 4000)), '');
end $$;
comment on function app.fill_text is 'A text with its {{variables}} filled from these facts; one that is unknown goes with the comma before it.';

create function app.site_teasers(site_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', rule.id, 'frequency', rule.frequency,
        'texts', (
          select jsonb_object_agg(text.key, app.fill_text(text.value, known.facts)) from jsonb_each_text(rule.texts) as text
        ),
        'when', rule.conditions - array['label_ids', 'channels', 'keywords', 'after_minutes', 'score_at_most', 'verified']
      ) order by rule.position, rule.created_at, rule.id
    ), '[]')
    from public.auto_reply_rules as rule
    cross join lateral (
      select jsonb_build_object('site_name', s.name, 'organization_name', o.name) as facts
      from public.sites as s join public.organizations as o on o.id = s.organization_id where s.id = rule.site_id
    ) as known
    where rule.site_id = site_teasers.site_id and rule.enabled and rule.trigger = 'proactive' and rule.texts <> '{}'
  );
end $$;
comment on function app.site_teasers is
  'Teaser[] of packages/contracts: the proactive rules of a site as the widget judges them, for everybody to see.';

-- security definer: writes to Realtime for the admin who changed the rule.
create function app.announce_teasers() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed uuid := case tg_op when 'DELETE' then old.site_id else new.site_id end;
  news jsonb := app.public_site(changed);
begin
  if news is not null then
    perform realtime.send(news, 'settings_changed', 'site:' || changed, true);
    perform app.request_site_publication(changed);
  end if;
  return null;
end $$;
comment on function app.announce_teasers is 'Proactive rules are published with the settings of the site.';

create trigger announce_teasers_made after insert on public.auto_reply_rules
for each row when (new.trigger = 'proactive') execute function app.announce_teasers();
create trigger announce_teasers_changed after update on public.auto_reply_rules
for each row when (new.trigger = 'proactive' or old.trigger = 'proactive') execute function app.announce_teasers();
create trigger announce_teasers_gone after delete on public.auto_reply_rules
for each row when (old.trigger = 'proactive') execute function app.announce_teasers();
