-- `on conflict (id)` looks at one key only: of two first messages at once, one was refused by the
-- other unique key of the table, (id, site_id).
create or replace function app.upsert_visitor(details jsonb) returns public.visitors
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session private.visitor_sessions;
  told public.visitors;
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
  given := app.read_answers(
    session.site_id, details,
    array(select key from jsonb_object_keys(coalesce(session.identity, '{}')) as key where key in ('name', 'email')),
    not exists (select from public.visitors as v where v.id = session.visitor_id)
  );
  select coalesce(jsonb_object_agg(a.value ->> 'key', a.value ->> 'value'), '{}') into typed
  from jsonb_array_elements(given) as a where a.value ->> 'kind' in ('name', 'email', 'phone');
  told.name := coalesce(session.identity ->> 'name', typed ->> 'name', app.visitor_detail(details, 'name', 120));
  told.email := coalesce(session.identity ->> 'email', typed ->> 'email', case when email like '_%@_%' then email end);
  told.phone := typed ->> 'phone';
  told.language := app.visitor_detail(details, 'language', 35);
  told.time_zone := app.visitor_detail(details, 'time_zone', 64);
  told.page_url := app.visitor_detail(details, 'page_url', 2000);
  told.page_title := app.visitor_detail(details, 'page_title', 300);
  told.referrer := app.visitor_detail(details, 'referrer', 2000);
  -- Whoever finds neither to update nor to insert met a row that was erased in between.
  for attempt in 1 .. 5 loop
    update public.visitors as before set
      -- What the customer's server said of its customer is not replaced by what somebody typed.
      name = coalesce(session.identity ->> 'name', case when before.verified then before.name end, told.name, before.name),
      email = coalesce(session.identity ->> 'email', case when before.verified then before.email end, told.email, before.email),
      phone = coalesce(told.phone, before.phone),
      answers = app.merge_answers(before.answers, given),
      language = coalesce(told.language, before.language),
      time_zone = coalesce(told.time_zone, before.time_zone),
      page_url = coalesce(told.page_url, before.page_url),
      page_title = coalesce(told.page_title, before.page_title),
      referrer = coalesce(before.referrer, told.referrer),
      last_seen_at = now()
    where before.id = session.visitor_id
    returning * into visitor;
    exit when found;
    insert into public.visitors (
      id, organization_id, site_id, external_id, verified, name, email, phone, answers,
      language, time_zone, page_url, page_title, referrer
    )
    values (
      session.visitor_id, session.organization_id, session.site_id,
      session.identity ->> 'sub', session.identity is not null, told.name, told.email, told.phone,
      app.merge_answers('[]', given), told.language, told.time_zone, told.page_url, told.page_title, told.referrer
    )
    on conflict do nothing
    returning * into visitor;
    exit when found;
  end loop;
  if visitor.id is null then
    perform app.refuse(409, 'id_conflict');
  end if;
  return visitor;
end $$;
