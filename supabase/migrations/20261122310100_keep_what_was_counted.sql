-- The conversations behind a number were looked for among all messages and conversations of a period: what one person had
-- answered first read 134,639 rows all over the table (4 s from a cold disk), a page or a person of whom there is little read
-- everything. Now what is counted is kept, a narrow row each, and every list is a walk along one index.
create type private.counted_measure as enum ('started', 'missed', 'auto_replied', 'closed', 'rated', 'answered');

create table private.counted_conversations (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  measure private.counted_measure not null,
  site_id uuid not null,
  at timestamptz not null,
  operator_id uuid references public.profiles (id) on delete set null,
  page text not null,
  value double precision,
  primary key (conversation_id, measure)
);
comment on table private.counted_conversations is
  'What daily_stats counted, a row for each conversation and measure: written together with the numbers of its day.';
comment on column private.counted_conversations.at is 'When it started, was closed, rated or answered first.';
comment on column private.counted_conversations.value is 'Seconds until the answer or the end, or the score.';
create index on private.counted_conversations (site_id, measure, at desc, conversation_id desc);
create index on private.counted_conversations (site_id, measure, page, at desc, conversation_id desc);
create index on private.counted_conversations (operator_id, site_id, measure, at desc, conversation_id desc)
where operator_id is not null;
alter table private.counted_conversations enable row level security;

drop function app.day_facts;
create function app.day_facts(site_id uuid, from_at timestamptz, to_at timestamptz)
returns table (
  kind text, operator_id uuid, page text, at timestamptz, value double precision, conversation_id uuid
)
language sql stable security invoker set search_path = ''
as $$
  select 'started', null::uuid, c.start_page, c.created_at, null::double precision, c.id from public.conversations as c
  where c.site_id = day_facts.site_id and c.created_at >= day_facts.from_at and c.created_at < day_facts.to_at
  union all
  select 'auto_replied', null, c.start_page, c.created_at, null, c.id from public.conversations as c
  where c.site_id = day_facts.site_id and c.created_at >= day_facts.from_at and c.created_at < day_facts.to_at
    and exists (select from public.messages as m where m.conversation_id = c.id and m.author_kind = 'bot')
  union all
  select 'missed', null, c.start_page, c.created_at, null, c.id from public.conversations as c
  where c.site_id = day_facts.site_id and c.created_at >= day_facts.from_at and c.created_at < day_facts.to_at
    and (c.status = 'closed' or c.created_at < now() - interval '24 hours')
    and not exists (
      select from public.messages as m
      where m.conversation_id = c.id and m.author_kind = 'operator' and m.visibility = 'public'
        and m.created_at < c.created_at + interval '24 hours'
    )
  union all
  select 'closed', c.assignee_id, c.start_page, c.closed_at, extract(epoch from c.closed_at - c.created_at), c.id
  from public.conversations as c
  where c.site_id = day_facts.site_id and c.closed_at >= day_facts.from_at and c.closed_at < day_facts.to_at
  union all
  select m.author_kind::text, case m.author_kind when 'operator' then p.id end, null, m.created_at, null, m.conversation_id
  from public.messages as m
  left join public.profiles as p on p.id = m.author_id
  where m.site_id = day_facts.site_id and m.created_at >= day_facts.from_at and m.created_at < day_facts.to_at
    and m.visibility = 'public'
  union all
  select 'first_response', p.id, c.start_page, first.created_at, extract(epoch from first.created_at - c.created_at), c.id
  from (
    select distinct on (m.conversation_id) m.conversation_id, m.seq, m.author_id, m.created_at from public.messages as m
    where m.site_id = day_facts.site_id and m.created_at >= day_facts.from_at and m.created_at < day_facts.to_at
      and m.author_kind = 'operator' and m.visibility = 'public'
    order by m.conversation_id, m.seq
  ) as first
  join public.conversations as c on c.id = first.conversation_id
  left join public.profiles as p on p.id = first.author_id
  where not exists (
    select from public.messages as m
    where m.conversation_id = first.conversation_id and m.seq < first.seq
      and m.author_kind = 'operator' and m.visibility = 'public'
  )
  union all
  select 'rating', r.operator_id, c.start_page, r.created_at, r.score, r.conversation_id
  from public.ratings as r
  join public.conversations as c on c.id = r.conversation_id
  where r.site_id = day_facts.site_id and r.created_at >= day_facts.from_at and r.created_at < day_facts.to_at
$$;
comment on function app.day_facts is 'Everything that counts on a site in a time, one row each, found by index ranges.';

create function app.keep_counted(site_id uuid, from_at timestamptz, to_at timestamptz) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  delete from private.counted_conversations as k
  where k.site_id = keep_counted.site_id and k.measure = any (enum_range(null::private.counted_measure))
    and k.at >= keep_counted.from_at and k.at < keep_counted.to_at;
  insert into private.counted_conversations (conversation_id, measure, site_id, at, operator_id, page, value)
  select f.conversation_id,
    case f.kind when 'rating' then 'rated' when 'first_response' then 'answered' else f.kind end::private.counted_measure,
    keep_counted.site_id, f.at, f.operator_id, coalesce(f.page, ''), f.value
  from app.day_facts(keep_counted.site_id, keep_counted.from_at, keep_counted.to_at) as f
  where f.kind in ('started', 'missed', 'auto_replied', 'closed', 'rating', 'first_response')
  -- One order for two days that are counted at once.
  order by f.conversation_id, f.kind
  -- It was closed or rated again on another day: the list has it where it happened last.
  on conflict on constraint counted_conversations_pkey do update set
    site_id = excluded.site_id, at = excluded.at, operator_id = excluded.operator_id, page = excluded.page, value = excluded.value;
end $$;
comment on function app.keep_counted is 'Keeps which conversations count on a site in a time.';

create or replace function app.refresh_daily_stats(site_id uuid, day date) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  site public.sites;
  month constant date := date_trunc('month', refresh_daily_stats.day)::date;
  from_at timestamptz;
  to_at timestamptz;
begin
  -- Two runs of the same day take turns; the second one sees more, never less.
  perform pg_advisory_xact_lock(hashtextextended('daily_stats:' || refresh_daily_stats.site_id || refresh_daily_stats.day, 0));
  select * into site from public.sites as s where s.id = refresh_daily_stats.site_id;
  if site.id is null then
    return;
  end if;
  from_at := refresh_daily_stats.day::timestamp at time zone site.time_zone;
  to_at := (refresh_daily_stats.day + 1)::timestamp at time zone site.time_zone;
  delete from public.daily_stats as d where d.site_id = site.id and d.day = refresh_daily_stats.day;
  with facts as materialized (
    select f.*, width_bucket(f.value, app.duration_bounds()) as bucket,
      extract(hour from f.at at time zone site.time_zone)::integer as hour
    from app.day_facts(site.id, from_at, to_at) as f
  )
  insert into public.daily_stats (
    organization_id, site_id, day, operator_id, conversations_started, conversations_closed, missed, auto_replied,
    visitor_messages, operator_messages, bot_messages,
    first_response_count, first_response_seconds, first_response_histogram, first_response_steps,
    resolution_count, resolution_seconds, resolution_histogram, resolution_steps,
    rating_count, rating_good, rating_sum, visitor_messages_by_hour
  )
  select
    site.organization_id, site.id, refresh_daily_stats.day, f.operator_id,
    count(*) filter (where f.kind = 'started'), count(*) filter (where f.kind = 'closed'),
    count(*) filter (where f.kind = 'missed'), count(*) filter (where f.kind = 'auto_replied'),
    count(*) filter (where f.kind = 'visitor'),
    count(*) filter (where f.kind = 'operator'), count(*) filter (where f.kind = 'bot'),
    count(*) filter (where f.kind = 'first_response'),
    coalesce(sum(f.value) filter (where f.kind = 'first_response'), 0),
    app.count_by_place(array_agg(f.bucket) filter (where f.kind = 'first_response'), 18),
    app.count_steps(array_agg(app.duration_step(f.value)) filter (where f.kind = 'first_response')),
    count(*) filter (where f.kind = 'closed'),
    coalesce(sum(f.value) filter (where f.kind = 'closed'), 0),
    app.count_by_place(array_agg(f.bucket) filter (where f.kind = 'closed'), 18),
    app.count_steps(array_agg(app.duration_step(f.value)) filter (where f.kind = 'closed')),
    count(*) filter (where f.kind = 'rating'),
    count(*) filter (where f.kind = 'rating' and f.value >= 4),
    coalesce(sum(f.value) filter (where f.kind = 'rating'), 0),
    app.count_by_place(array_agg(f.hour) filter (where f.kind = 'visitor'), 24)
  from facts as f
  group by grouping sets ((), (f.operator_id))
  having grouping(f.operator_id) = 1 or f.operator_id is not null;
  perform app.write_page_stats(site, refresh_daily_stats.day);
  perform app.keep_counted(site.id, from_at, to_at);
  -- The month that goes on is read by its days.
  if month + interval '1 month' <= now() at time zone site.time_zone then
    perform app.refresh_monthly_stats(site.id, month);
  end if;
end $$;

select app.keep_counted(s.id, counted.first_day::timestamp at time zone s.time_zone, (counted.last_day + 1)::timestamp at time zone s.time_zone)
from (
  select d.site_id, min(d.day) as first_day, max(d.day) as last_day from public.daily_stats as d
  where d.operator_id is null group by d.site_id
) as counted
join public.sites as s on s.id = counted.site_id;
