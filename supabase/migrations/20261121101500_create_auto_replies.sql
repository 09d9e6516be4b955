create type public.auto_reply_trigger as enum (
  'first_message', 'outside_hours', 'nobody_online', 'no_reply', 'keyword', 'proactive', 'returning_visitor', 'rating_given'
);
create type public.auto_reply_frequency as enum ('conversation', 'visitor', 'day');

create function app.is_text_list(value jsonb, max_length integer default 200) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select case when jsonb_typeof(is_text_list.value) = 'array' then
    jsonb_array_length(is_text_list.value) between 1 and 50 and (
      select bool_and(jsonb_typeof(item) = 'string' and char_length(item #>> '{}') between 1 and is_text_list.max_length)
      from jsonb_array_elements(is_text_list.value) as item
    )
  else false end
$$;

create function app.is_whole_number(value jsonb, lowest integer, highest integer) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select case when jsonb_typeof(is_whole_number.value) = 'number' then
    (is_whole_number.value)::numeric between is_whole_number.lowest and is_whole_number.highest
    and (is_whole_number.value)::numeric % 1 = 0
  else false end
$$;

create function app.valid_rule_conditions(conditions jsonb) returns boolean
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
      when 'score_at_most' then app.is_whole_number(condition.value, 1, 5)
      else false end)
    from jsonb_each(conditions) as condition
  ), true) else false end
$$;
comment on function app.valid_rule_conditions is 'Whether a rule''s conditions are known ones, each with a sensible value. All of them must hold.';

create function app.valid_rule_texts(texts jsonb) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select case when jsonb_typeof(texts) = 'object' then coalesce((
    select bool_and(
      text.key in ('en', 'uk') and jsonb_typeof(text.value) = 'string'
      and char_length(text.value #>> '{}') between 1 and 4000 and app.known_variables(text.value #>> '{}')
    )
    from jsonb_each(texts) as text
  ), true) else false end
$$;

create function app.valid_rule_actions(actions jsonb) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select case when jsonb_typeof(actions) = 'object' then coalesce((
    select bool_and(case action.key
      when 'label_ids' then app.is_text_list(action.value, 36)
      when 'notify_ids' then app.is_text_list(action.value, 36)
      when 'assign_id' then jsonb_typeof(action.value) = 'string' and char_length(action.value #>> '{}') = 36
      when 'quick_replies' then app.is_text_list(action.value, 80)
      when 'close' then jsonb_typeof(action.value) = 'boolean'
      else false end)
    from jsonb_each(actions) as action
  ), true) else false end
$$;
grant execute on function
  app.is_text_list, app.is_whole_number, app.valid_rule_conditions, app.valid_rule_texts, app.valid_rule_actions
to authenticated, service_role;

create table public.auto_reply_rules (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  site_id uuid not null,
  name text not null check (char_length(name) between 1 and 120),
  trigger public.auto_reply_trigger not null,
  conditions jsonb not null default '{}' constraint auto_reply_rules_conditions_valid check (app.valid_rule_conditions(conditions)),
  texts jsonb not null default '{}' constraint auto_reply_rules_texts_valid check (app.valid_rule_texts(texts)),
  actions jsonb not null default '{}' constraint auto_reply_rules_actions_valid check (app.valid_rule_actions(actions)),
  frequency public.auto_reply_frequency not null default 'conversation',
  stops boolean not null default true,
  position integer not null default 0,
  enabled boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, organization_id, site_id),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  constraint auto_reply_rules_trigger_complete check (case trigger
    when 'no_reply' then conditions ? 'after_minutes'
    when 'keyword' then conditions ? 'keywords'
    else true end),
  constraint auto_reply_rules_does_something check (texts <> '{}' or actions <> '{}')
);
comment on table public.auto_reply_rules is 'What the product does by itself on a site, in the order of position.';
comment on column public.auto_reply_rules.frequency is 'Fires at most once per conversation, per visitor, or per visitor and day.';
comment on column public.auto_reply_rules.stops is 'No later rule is tried after this one fired.';
create index on public.auto_reply_rules (site_id, organization_id);
create index auto_reply_rules_in_force on public.auto_reply_rules (site_id, trigger, position) where enabled;
create index on public.auto_reply_rules (organization_id);

create table public.auto_reply_runs (
  rule_id uuid not null,
  key text not null check (char_length(key) between 1 and 200),
  organization_id uuid not null,
  site_id uuid not null,
  conversation_id uuid,
  message_id uuid,
  created_at timestamptz not null default now(),
  primary key (rule_id, key),
  foreign key (rule_id, organization_id, site_id)
    references public.auto_reply_rules (id, organization_id, site_id) on delete cascade,
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade
);
comment on table public.auto_reply_runs is 'Each time a rule fired: the primary key lets it fire once per conversation, visitor or day.';
comment on column public.auto_reply_runs.key is 'conversation:<id>, visitor:<id> or visitor:<id>:<day>.';
create index on public.auto_reply_runs (conversation_id, organization_id, site_id);
create index on public.auto_reply_runs (site_id, created_at);
create index on public.auto_reply_runs (organization_id);

create trigger touch_updated_at before update on public.auto_reply_rules
for each row execute function app.touch_updated_at();

alter table public.auto_reply_rules enable row level security;
alter table public.auto_reply_runs enable row level security;
grant
  select, delete,
  insert (id, organization_id, site_id, name, trigger, conditions, texts, actions, frequency, stops, position, enabled),
  update (name, trigger, conditions, texts, actions, frequency, stops, position, enabled)
on public.auto_reply_rules to authenticated;
grant select on public.auto_reply_runs to authenticated;

create policy "operators read the rules of their sites" on public.auto_reply_rules
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

create policy "admins make rules" on public.auto_reply_rules
for insert to authenticated
with check (site_id = any (array(select app.my_site_ids('admin'))));

create policy "admins edit rules" on public.auto_reply_rules
for update to authenticated
using (site_id = any (array(select app.my_site_ids('admin'))))
with check (site_id = any (array(select app.my_site_ids('admin'))));

create policy "admins delete rules" on public.auto_reply_rules
for delete to authenticated
using (site_id = any (array(select app.my_site_ids('admin'))));

create policy "operators read what rules did on their sites" on public.auto_reply_runs
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));
