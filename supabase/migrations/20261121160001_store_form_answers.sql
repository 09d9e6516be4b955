alter table public.visitors
  add column phone text check (char_length(phone) between 3 and 40),
  add column answers jsonb not null default '[]' check (jsonb_typeof(answers) = 'array');
comment on column public.visitors.phone is 'As the visitor typed it.';
comment on column public.visitors.answers is
  'FormAnswer of packages/contracts: what the visitor filled in and agreed to, in the words that stood there, and when.';

create function app.valid_email(email text) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(char_length(email) <= 254 and email ~ '^[^\s@<>,;"]+@([^\s@<>,;".]+\.)+[^\s@<>,;".]{2,}$', false);
end $$;
comment on function app.valid_email is 'The form of an address, as isEmail of packages/contracts has it; whether somebody reads it only a mail can tell.';

create function app.localized(texts jsonb, language text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  wanted constant text := case when language ilike 'uk%' then 'uk' else 'en' end;
begin
  return coalesce(nullif(btrim(texts ->> wanted), ''), btrim(texts ->> case wanted when 'uk' then 'en' else 'uk' end));
end $$;
comment on function app.localized is 'The text in this language, in the other one where it is missing.';

-- Null is a good answer; otherwise why it is none: required or invalid.
create function app.answer_problem(field jsonb, answer text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  kind constant text := field ->> 'kind';
begin
  if answer is null or (kind in ('checkbox', 'consent') and answer = 'false') then
    return case when (field -> 'required')::boolean then 'required' end;
  end if;
  return case when not (case kind
    when 'name' then char_length(answer) <= 120
    when 'email' then app.valid_email(answer)
    when 'phone' then answer ~ '^\+?[-0-9 ()./]{3,39}$' and char_length(regexp_replace(answer, '\D', '', 'g')) >= 5
    when 'select' then field -> 'options' @> jsonb_build_array(jsonb_build_object('value', answer))
    when 'text' then char_length(answer) <= 1000
    else answer = 'true' end) then 'invalid' end;
end $$;
comment on function app.answer_problem is 'What is wrong with an answer to a field, as answerProblem of packages/contracts has it.';

create function app.form_answer(field jsonb, answer text, language text) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'key', field ->> 'key', 'kind', field ->> 'kind', 'label', app.localized(field -> 'label', language),
    'value', coalesce(answer, 'false'),
    'text', (
      select app.localized(option.value -> 'label', language) from jsonb_array_elements(field -> 'options') as option
      where option.value ->> 'value' = answer
    ),
    'url', nullif(field ->> 'url', ''),
    'answered_at', now()
  ));
end $$;
comment on function app.form_answer is 'FormAnswer of packages/contracts: the answer with the words that it answers.';

-- security definer: a visitor may not read the settings table. `vouched` are the keys that a signed identity answers.
create function app.read_answers(site_id uuid, details jsonb, vouched text[], is_new boolean) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  settings public.widget_settings;
  language constant text := details ->> 'language';
  answer text;
  answers jsonb := '[]';
  field jsonb;
  problem text;
  problems jsonb := '{}';
begin
  select * into settings from public.widget_settings as s where s.site_id = read_answers.site_id;
  for field in
    select f.value from jsonb_array_elements(settings.pre_chat -> 'fields') as f
    where (settings.pre_chat -> 'enabled')::boolean
    union all
    -- The offline form asks for it on sites without such a field.
    select jsonb_build_object('key', 'email', 'kind', 'email', 'required', false, 'options', '[]'::jsonb)
    where not ((settings.pre_chat -> 'enabled')::boolean and settings.pre_chat -> 'fields' @> '[{"key": "email"}]')
  loop
    answer := nullif(btrim(details -> 'answers' ->> (field ->> 'key')), '');
    problem := app.answer_problem(field, answer);
    if problem is not null and field ->> 'key' <> all (vouched) and (is_new or problem <> 'required') then
      problems := problems || jsonb_build_object(field ->> 'key', problem);
    elsif answer is not null or (details ? 'answers' and field ->> 'kind' = 'checkbox') then
      answers := answers || app.form_answer(field, answer, language);
    end if;
  end loop;
  if problems <> '{}' then
    perform app.refuse(422, 'form_incomplete', jsonb_build_object('fields', problems));
  end if;
  if details ->> 'consent' = 'true' and app.localized(settings.consent -> 'text', language) <> '' then
    answers := answers || app.form_answer(
      jsonb_build_object(
        'key', '_notice', 'kind', 'consent', 'label', settings.consent -> 'text', 'options', '[]'::jsonb,
        'url', settings.consent -> 'url'
      ), 'true', language
    );
  end if;
  return answers;
end $$;
comment on function app.read_answers is
  'What was filled in, held against the form of the site: refuses with form_incomplete and a problem per field. Nobody who is known already is asked for more.';

create function app.merge_answers(known jsonb, given jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(a.value order by a.ordinality), '[]')
    from jsonb_array_elements(known) with ordinality as a
    where not given @> jsonb_build_array(jsonb_build_object('key', a.value -> 'key'))
  ) || (
    -- These are columns.
    select coalesce(jsonb_agg(a.value order by a.ordinality), '[]')
    from jsonb_array_elements(given) with ordinality as a where a.value ->> 'kind' not in ('name', 'email', 'phone')
  );
end $$;
comment on function app.merge_answers is 'The newer answer takes the place of the older one with its key.';

create or replace function app.check_visitor_details(details jsonb) returns void
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if jsonb_typeof(details) <> 'object' or exists (
    select from jsonb_each(details) as detail
    where case detail.key
      when 'answers' then not app.valid_given_answers(detail.value)
      else jsonb_typeof(detail.value) not in ('string', 'null')
        or detail.key not in ('name', 'email', 'language', 'time_zone', 'page_url', 'page_title', 'referrer', 'consent')
    end
  ) then
    perform app.refuse(422, 'invalid_input', '{"argument": "visitor"}');
  end if;
end $$;

create function app.valid_given_answers(answers jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case jsonb_typeof(answers)
    when 'null' then true
    when 'object' then (
      select count(*) <= 30 and coalesce(bool_and(jsonb_typeof(a.value) = 'string' and char_length(a.value #>> '{}') <= 2000), true)
      from jsonb_each(answers) as a
    )
    else false end;
end $$;
comment on function app.valid_given_answers is 'Texts by the keys of their fields.';

create or replace function app.upsert_visitor(details jsonb) returns public.visitors
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session private.visitor_sessions;
  known public.visitors;
  visitor public.visitors;
  email text := app.visitor_detail(details, 'email', 254);
  given jsonb;
  typed jsonb;
begin
  select * into session from private.visitor_sessions
  where id = app.visitor_claim('session_id') and visitor_id = app.visitor_claim('visitor_id') and revoked_at is null;
  if session.id is null then
    perform app.refuse(401, 'session_revoked');
  end if;
  select * into known from public.visitors where id = session.visitor_id;
  given := app.read_answers(
    session.site_id, details,
    array(select key from jsonb_object_keys(coalesce(session.identity, '{}')) as key where key in ('name', 'email')),
    known.id is null
  );
  select coalesce(jsonb_object_agg(a.value ->> 'key', a.value ->> 'value'), '{}') into typed
  from jsonb_array_elements(given) as a where a.value ->> 'kind' in ('name', 'email', 'phone');
  insert into public.visitors as before (
    id, organization_id, site_id, external_id, verified, name, email, phone, answers,
    language, time_zone, page_url, page_title, referrer
  )
  values (
    session.visitor_id, session.organization_id, session.site_id,
    session.identity ->> 'sub', session.identity is not null,
    coalesce(session.identity ->> 'name', typed ->> 'name', app.visitor_detail(details, 'name', 120)),
    coalesce(session.identity ->> 'email', typed ->> 'email', case when email like '_%@_%' then email end),
    typed ->> 'phone', app.merge_answers('[]', given),
    app.visitor_detail(details, 'language', 35), app.visitor_detail(details, 'time_zone', 64),
    app.visitor_detail(details, 'page_url', 2000), app.visitor_detail(details, 'page_title', 300),
    app.visitor_detail(details, 'referrer', 2000)
  )
  on conflict (id) do update set
    -- What the customer's server said of its customer is not replaced by what somebody typed.
    name = coalesce(session.identity ->> 'name', case when before.verified then before.name end, excluded.name, before.name),
    email = coalesce(session.identity ->> 'email', case when before.verified then before.email end, excluded.email, before.email),
    phone = coalesce(excluded.phone, before.phone),
    answers = app.merge_answers(before.answers, given),
    language = coalesce(excluded.language, before.language),
    time_zone = coalesce(excluded.time_zone, before.time_zone),
    page_url = coalesce(excluded.page_url, before.page_url),
    page_title = coalesce(excluded.page_title, before.page_title),
    referrer = coalesce(before.referrer, excluded.referrer),
    last_seen_at = now()
  returning * into visitor;
  return visitor;
end $$;
comment on function app.upsert_visitor is
  'Makes or renews the visitor of the calling session from what its page tells, its form and its signed identity. security definer: sessions are private.';
