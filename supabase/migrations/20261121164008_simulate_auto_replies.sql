create function app.check_simulated_event(event jsonb) returns void
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if jsonb_typeof(event) is distinct from 'object' or not coalesce(event ->> 'event' in ('message', 'silence', 'rating'), false) or exists (
    select from jsonb_each(event) as fact
    where not case
      when fact.key in ('event', 'body', 'language', 'page_url', 'referrer', 'channel', 'visitor_name', 'visitor_email', 'at')
        then jsonb_typeof(fact.value) in ('string', 'null')
      when fact.key in ('first', 'returning', 'verified', 'open', 'online') then jsonb_typeof(fact.value) = 'boolean'
      when fact.key = 'score' then app.is_whole_number(fact.value, 1, 5)
      when fact.key = 'waited_minutes' then app.is_whole_number(fact.value, 0, 100000)
      when fact.key = 'label_ids' then fact.value = '[]' or app.is_text_list(fact.value, 36)
      else false end
  ) then
    perform app.refuse(422, 'invalid_input', '{"argument": "event"}');
  end if;
end $$;

create function app.simulated_facts(site public.sites, event jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  at timestamptz;
begin
  at := coalesce((event ->> 'at')::timestamptz, now());
  return jsonb_build_object(
    'first', true, 'returning', false, 'verified', false, 'label_ids', '[]'::jsonb, 'channel', 'widget', 'language', 'en',
    'site_name', site.name,
    'organization_name', (select o.name from public.organizations as o where o.id = site.organization_id),
    'fallback_language', (select w.language from public.widget_settings as w where w.site_id = site.id)
  ) || app.site_status(site.id) || jsonb_build_object('open', (select b.open from app.business_status(site.id, at) as b)) || event;
exception when invalid_datetime_format or datetime_field_overflow then
  perform app.refuse(422, 'invalid_input', '{"argument": "at"}');
end $$;

-- security definer: shows admins what the private parts of the engine would do.
create function public.simulate_auto_replies(site_id uuid, event jsonb)
returns table (rule_id uuid, name text, enabled boolean, fires boolean, obstacle text, text text)
language plpgsql stable security definer set search_path = ''
as $$
declare
  site constant public.sites := app.require_site_admin(simulate_auto_replies.site_id);
  facts jsonb;
  rule public.auto_reply_rules;
  stopped boolean := false;
begin
  perform app.check_simulated_event(event);
  facts := app.simulated_facts(site, event);
  for rule in
    select * from public.auto_reply_rules as r where r.site_id = site.id order by r.position, r.created_at, r.id
  loop
    rule_id := rule.id;
    name := rule.name;
    enabled := rule.enabled;
    -- The rule itself comes first: whether an earlier one stops it matters only if it would fire.
    obstacle := coalesce(app.rule_obstacle(rule, facts), case when not rule.enabled then 'disabled' when stopped then 'stopped' end);
    fires := obstacle is null;
    text := case when fires then app.fill_text(app.rule_text(rule.texts, facts ->> 'language', facts ->> 'fallback_language'), facts) end;
    stopped := stopped or (fires and rule.stops);
    return next;
  end loop;
end $$;
comment on function public.simulate_auto_replies is
  'SimulatedRule[]: which rules of a site would fire on an event, in their order, and why the others would not. Nothing is written, and what has fired before does not count.';
grant execute on function public.simulate_auto_replies to authenticated;
