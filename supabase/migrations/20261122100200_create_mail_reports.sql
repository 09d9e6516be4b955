-- What people get by e-mail without having been called: a summary in the morning, and the week on Monday.
alter table private.notification_preferences
  add column digest boolean not null default false,
  add column weekly_report boolean not null default true;
comment on column private.notification_preferences.digest is 'A mail each morning when visitors wait or something was not seen.';
comment on column private.notification_preferences.weekly_report is 'A mail on Monday with the numbers of the week, for owners and admins.';

-- security definer, all below: preferences, addresses and statistics of others are read by jobs.
create or replace function public.get_notification_preferences() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  chosen private.notification_preferences;
begin
  select * into chosen from private.notification_preferences as p where p.user_id = me;
  if chosen.user_id is null and not exists (select from public.profiles as p where p.id = me) then
    return null;
  end if;
  return jsonb_build_object(
    'events', app.default_notification_events() || coalesce(chosen.events, '{}'),
    'quiet', case when chosen.quiet_from is not null then jsonb_build_object(
      'from', to_char(chosen.quiet_from, 'HH24:MI'), 'until', to_char(chosen.quiet_until, 'HH24:MI'), 'days', chosen.quiet_days
    ) end,
    'time_zone', coalesce(chosen.time_zone, (select p.time_zone from public.profiles as p where p.id = me)),
    'email_after_minutes', coalesce(chosen.email_after_minutes, 15),
    'digest', coalesce(chosen.digest, false), 'weekly_report', coalesce(chosen.weekly_report, true)
  );
end $$;

create or replace function public.set_notification_preferences(preferences jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  quiet constant jsonb := nullif(preferences -> 'quiet', 'null');
begin
  if me is null then
    perform app.refuse(403, 'forbidden');
  end if;
  if jsonb_typeof(preferences) is distinct from 'object' then
    perform app.refuse(422, 'invalid_input', '{"argument": "preferences"}');
  end if;
  insert into private.notification_preferences as p (
    user_id, events, quiet_from, quiet_until, quiet_days, time_zone, email_after_minutes, digest, weekly_report
  )
  values (
    me, app.clean_notification_events(preferences -> 'events'), (quiet ->> 'from')::time, (quiet ->> 'until')::time,
    coalesce(
      (select array_agg(distinct day::smallint order by day::smallint) from jsonb_array_elements_text(quiet -> 'days') as day),
      case when quiet is null then '{1,2,3,4,5,6,7}' else '{}' end::smallint[]
    ),
    coalesce(preferences ->> 'time_zone', 'UTC'), coalesce((preferences ->> 'email_after_minutes')::integer, 15),
    coalesce((preferences ->> 'digest')::boolean, false), coalesce((preferences ->> 'weekly_report')::boolean, true)
  )
  on conflict (user_id) do update set
    events = excluded.events, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
    quiet_days = excluded.quiet_days, time_zone = excluded.time_zone,
    email_after_minutes = excluded.email_after_minutes,
    -- A console of before does not know of these two.
    digest = case when preferences ? 'digest' then excluded.digest else p.digest end,
    weekly_report = case when preferences ? 'weekly_report' then excluded.weekly_report else p.weekly_report end,
    updated_at = now();
  return public.get_notification_preferences();
exception
  when check_violation or invalid_text_representation or invalid_datetime_format or datetime_field_overflow
    or numeric_value_out_of_range or invalid_parameter_value then
    perform app.refuse(422, 'invalid_input', '{"argument": "preferences"}');
end $$;

create function app.person_time_zone(organization_id uuid, user_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce(
    (select p.time_zone from public.profiles as p where p.id = person_time_zone.user_id),
    (select p.time_zone from private.notification_preferences as p where p.user_id = person_time_zone.user_id),
    (
      select s.time_zone from public.sites as s
      where s.organization_id = person_time_zone.organization_id order by s.archived_at is not null, s.created_at limit 1
    ), 'UTC'
  );
end $$;
comment on function app.person_time_zone is
  'Where it is morning for a member: their own zone, otherwise that of the organisation''s first site.';

create function app.wants_report(organization_id uuid, user_id uuid, report text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from public.memberships as m
    join auth.users on users.id = m.user_id and users.email_confirmed_at is not null
    left join private.notification_preferences as chosen on chosen.user_id = m.user_id
    where m.organization_id = wants_report.organization_id and m.user_id = wants_report.user_id
      and m.deactivated_at is null and app.wants_mail(m.organization_id, users.email)
      and case wants_report.report
        when 'digest' then coalesce(chosen.digest, false)
        when 'weekly_report' then m.role <= 'admin' and coalesce(chosen.weekly_report, true) end
  );
end $$;
comment on function app.wants_report is 'Whether a member gets the digest or the weekly_report of an organisation.';

create function app.enqueue_mail_reports(at timestamptz default now()) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  person record;
  many integer := 0;
begin
  -- From eight in the morning on where the person is; hours that a sleeping database missed are made up for until noon.
  for person in
    select m.organization_id, m.user_id, report.name, here.clock::date as day
    from public.memberships as m
    cross join lateral (
      select enqueue_mail_reports.at at time zone app.person_time_zone(m.organization_id, m.user_id) as clock
    ) as here
    cross join lateral (values
      ('digest', true), ('weekly_report', extract(isodow from here.clock) = 1)
    ) as report (name, today)
    where m.deactivated_at is null and extract(hour from here.clock) between 8 and 11 and report.today
      and app.wants_report(m.organization_id, m.user_id, report.name)
  loop
    perform app.enqueue_job(
      person.name, jsonb_build_object('organization_id', person.organization_id, 'user_id', person.user_id, 'day', person.day),
      person.organization_id, person.name || ':' || person.organization_id || ':' || person.user_id || ':' || person.day,
      priority => 7
    );
    many := many + 1;
  end loop;
  return many;
end $$;
comment on function app.enqueue_mail_reports is
  'For the schedule: jobs for the digests and weekly reports of whoever has morning now, one per person and day.';

create function public.digest_mail(organization_id uuid, user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  unseen integer;
  waiting jsonb;
begin
  if not app.wants_report(digest_mail.organization_id, digest_mail.user_id, 'digest') then
    return null;
  end if;
  select count(*) into unseen from public.notifications as n
  where n.user_id = digest_mail.user_id and n.organization_id = digest_mail.organization_id
    and n.read_at is null and n.kind in ('mention', 'assigned');
  select coalesce(jsonb_agg(to_jsonb(page) order by page.since), '[]') into waiting
  from (
    select c.id as conversation_id, s.name as site_name, v.name as visitor_name, c.last_message_preview as preview,
      c.waiting_since as since
    from private.site_access as mine
    join public.sites as s on s.id = mine.site_id and s.archived_at is null
    join public.conversations as c on c.site_id = mine.site_id and c.status = 'open'
      and c.waiting_since < now() - interval '15 minutes'
    join public.visitors as v on v.id = c.visitor_id
    where mine.user_id = digest_mail.user_id and mine.organization_id = digest_mail.organization_id
      -- What a colleague has in hand is theirs.
      and (c.assignee_id = digest_mail.user_id or not coalesce(app.works_on_site(c.assignee_id, c.site_id), false))
      and not app.conversation_blocked(c.id, c.site_id)
    order by c.waiting_since limit 100
  ) as page;
  if waiting = '[]' and unseen = 0 then
    return null;
  end if;
  return app.mail_links() || (
    select jsonb_build_object(
      'to', users.email, 'language', app.mail_language(p.language),
      'time_zone', app.person_time_zone(o.id, p.id), 'organization_name', o.name,
      'waiting_count', jsonb_array_length(waiting), 'unseen_count', unseen,
      'waiting', (select jsonb_agg(entry order by place) from jsonb_array_elements(waiting) with ordinality as part (entry, place) where place <= 10),
      'unsubscribe_token', app.unsubscribe_token(o.id, 'digest', p.id)
    )
    from public.organizations as o
    join public.profiles as p on p.id = digest_mail.user_id
    join auth.users on users.id = p.id
    where o.id = digest_mail.organization_id
  );
end $$;
comment on function public.digest_mail is
  'For the job digest: DigestMail, who waits for this member and what they have not seen; null when there is nothing to tell.';

create function app.week_numbers(organization_id uuid, first_day date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    with days as materialized (
      select d.* from public.daily_stats as d
      where d.organization_id = week_numbers.organization_id and d.operator_id is null
        and d.day between week_numbers.first_day and week_numbers.first_day + 6
    ),
    steps as (
      select part / 1000000000 as step, sum(part % 1000000000) as many
      from days cross join unnest(days.first_response_steps) as part group by 1
    ),
    ranked as (
      select s.step, sum(s.many) over (order by s.step) as upto, sum(s.many) over () as everything from steps as s
    )
    select jsonb_build_object(
      'conversations', coalesce(sum(days.conversations_started), 0), 'missed', coalesce(sum(days.missed), 0),
      'ratings', coalesce(sum(days.rating_count), 0), 'good_ratings', coalesce(sum(days.rating_good), 0),
      'first_response_seconds', (
        select app.step_seconds(min(ranked.step)::integer) from ranked where ranked.upto >= 0.5 * ranked.everything
      )
    )
    from days
  );
end $$;
comment on function app.week_numbers is 'WeekNumbers of seven days of an organisation, from what is counted already.';

create function public.weekly_report_mail(organization_id uuid, user_id uuid, day date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  first_day constant date := date_trunc('week', weekly_report_mail.day)::date - 7;
  week jsonb;
  before jsonb;
begin
  if not app.wants_report(weekly_report_mail.organization_id, weekly_report_mail.user_id, 'weekly_report') then
    return null;
  end if;
  week := app.week_numbers(weekly_report_mail.organization_id, first_day);
  before := app.week_numbers(weekly_report_mail.organization_id, first_day - 7);
  if (week ->> 'conversations')::integer = 0 and (before ->> 'conversations')::integer = 0 then
    return null;
  end if;
  return app.mail_links() || (
    select jsonb_build_object(
      'to', users.email, 'language', app.mail_language(p.language),
      'time_zone', app.person_time_zone(o.id, p.id), 'organization_name', o.name,
      'from_day', first_day, 'to_day', first_day + 6, 'week', week, 'before', before,
      'unsubscribe_token', app.unsubscribe_token(o.id, 'weekly_report', p.id)
    )
    from public.organizations as o
    join public.profiles as p on p.id = weekly_report_mail.user_id
    join auth.users on users.id = p.id
    where o.id = weekly_report_mail.organization_id
  );
end $$;
comment on function public.weekly_report_mail is
  'For the job weekly_report: WeeklyReportMail with the numbers of the week before this day; null when nothing happened in it and the one before.';

create or replace function public.unsubscribe(token text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  parts constant text[] := string_to_array(unsubscribe.token, '.');
  content constant text := array_to_string(parts[1:3], '.');
  organization uuid;
  address text;
begin
  if cardinality(parts) is distinct from 4 or parts[4] is distinct from app.sign_mail_token(content) then
    return false;
  end if;
  if parts[1] in ('digest', 'weekly_report') then
    insert into private.notification_preferences as chosen (user_id, events, digest, weekly_report)
    select p.id, app.default_notification_events(), false, parts[1] <> 'weekly_report'
    from public.profiles as p where p.id = parts[3]::uuid
    on conflict (user_id) do update set
      digest = chosen.digest and parts[1] <> 'digest',
      weekly_report = chosen.weekly_report and parts[1] <> 'weekly_report', updated_at = now();
    return true;
  end if;
  organization := parts[2]::uuid;
  address := case parts[1]
    when 'member' then (select users.email from auth.users where users.id = parts[3]::uuid)
    else (select v.email from public.visitors as v where v.id = parts[3]::uuid and v.organization_id = organization) end;
  insert into private.mail_opt_outs (organization_id, email)
  select o.id, lower(address) from public.organizations as o where o.id = organization and address is not null
  on conflict do nothing;
  return true;
end $$;
comment on function public.unsubscribe is
  'For the function unsubscribe: ends the notifications, or the one report, that the signed token of a mail names; false for a token that is not ours.';

do $$
begin
  if not exists (select from pg_extension where extname = 'pg_cron') then
    raise notice 'pg_cron is missing: call app.enqueue_mail_reports() every hour in another way';
    return;
  end if;
  -- After the statistics of the hour (minute 7) are counted.
  perform cron.schedule('chatiq-mail-reports', '19 * * * *', 'select app.enqueue_mail_reports()');
end $$;

revoke execute on function public.digest_mail, public.weekly_report_mail from public, anon, authenticated;
grant execute on function public.digest_mail, public.weekly_report_mail to service_role;
