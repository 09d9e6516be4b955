-- Statistics read a site's days: the same number of indexes as before, one column more.
create index on public.messages (site_id, created_at);
drop index public.messages_site_id_idx;
create index on public.conversations (site_id, created_at);
create index on public.conversations (site_id, closed_at) where closed_at is not null;

create table public.daily_stats (
  id bigint generated always as identity primary key,
  organization_id uuid not null,
  site_id uuid not null,
  day date not null,
  operator_id uuid references public.profiles (id) on delete cascade,
  conversations_started integer not null default 0,
  conversations_closed integer not null default 0,
  missed integer not null default 0,
  visitor_messages integer not null default 0,
  operator_messages integer not null default 0,
  bot_messages integer not null default 0,
  first_response_count integer not null default 0,
  first_response_seconds bigint not null default 0,
  first_response_histogram integer[] not null check (cardinality(first_response_histogram) = 18),
  resolution_count integer not null default 0,
  resolution_seconds bigint not null default 0,
  resolution_histogram integer[] not null check (cardinality(resolution_histogram) = 18),
  rating_count integer not null default 0,
  rating_sum integer not null default 0,
  visitor_messages_by_hour integer[] not null check (cardinality(visitor_messages_by_hour) = 24),
  computed_at timestamptz not null default now(),
  unique nulls not distinct (site_id, day, operator_id),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade
);
comment on table public.daily_stats is
  'What happened on a site in a day of its time zone: one row for the site (operator_id null), one for each operator who did something. Computed anew from the raw rows, no personal data.';
comment on column public.daily_stats.missed is 'Started on this day and not answered by a person within 24 hours, or closed without an answer.';
comment on column public.daily_stats.first_response_count is 'Conversations that a person answered for the first time on this day; seconds are counted from their start.';
comment on column public.daily_stats.first_response_histogram is 'How many answers fell below each of app.duration_bounds(), and above the last.';
comment on column public.daily_stats.resolution_count is 'Conversations closed on this day and still closed; seconds are counted from their start.';
create index on public.daily_stats (organization_id);
create index on public.daily_stats (site_id, organization_id);
create index on public.daily_stats (operator_id);

alter table public.daily_stats enable row level security;
grant select on public.daily_stats to authenticated;

create policy "operators read the numbers of their sites and their own, admins those of all" on public.daily_stats
for select to authenticated
using (
  site_id = any (array(select app.my_site_ids()))
  and (
    operator_id is null or operator_id = (select auth.uid())
    or site_id = any (array(select app.my_site_ids('admin')))
  )
);

create function app.duration_bounds() returns double precision[]
language sql immutable security invoker set search_path = ''
as $$
  select array[10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400]
$$;
comment on function app.duration_bounds is 'Seconds between the buckets of the histograms: fine where answers are quick.';
grant execute on function app.duration_bounds to authenticated;

create function app.count_by_place(places integer[], size integer) returns integer[]
language sql immutable security invoker set search_path = ''
as $$
  select array(
    select count(found.place)::integer
    from generate_series(0, count_by_place.size - 1) as slot (place)
    left join unnest(count_by_place.places) as found (place) on found.place = slot.place
    group by slot.place order by slot.place
  )
$$;
comment on function app.count_by_place is 'How often each of 0 … size - 1 occurs.';

create function app.day_facts(site_id uuid, from_at timestamptz, to_at timestamptz)
returns table (kind text, operator_id uuid, at timestamptz, value double precision)
language sql stable security invoker set search_path = ''
as $$
  select 'started', null::uuid, c.created_at, null::double precision from public.conversations as c
  where c.site_id = day_facts.site_id and c.created_at >= day_facts.from_at and c.created_at < day_facts.to_at
  union all
  select 'missed', null, c.created_at, null from public.conversations as c
  where c.site_id = day_facts.site_id and c.created_at >= day_facts.from_at and c.created_at < day_facts.to_at
    and (c.status = 'closed' or c.created_at < now() - interval '24 hours')
    and not exists (
      select from public.messages as m
      where m.conversation_id = c.id and m.author_kind = 'operator' and m.visibility = 'public'
        and m.created_at < c.created_at + interval '24 hours'
    )
  union all
  select 'closed', c.assignee_id, c.closed_at, extract(epoch from c.closed_at - c.created_at) from public.conversations as c
  where c.site_id = day_facts.site_id and c.closed_at >= day_facts.from_at and c.closed_at < day_facts.to_at
  union all
  select m.author_kind::text, case m.author_kind when 'operator' then p.id end, m.created_at, null
  from public.messages as m
  left join public.profiles as p on p.id = m.author_id
  where m.site_id = day_facts.site_id and m.created_at >= day_facts.from_at and m.created_at < day_facts.to_at
    and m.visibility = 'public'
  union all
  select 'first_response', p.id, first.created_at, extract(epoch from first.created_at - c.created_at)
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
  select 'rating', r.operator_id, r.created_at, r.score from public.ratings as r
  where r.site_id = day_facts.site_id and r.created_at >= day_facts.from_at and r.created_at < day_facts.to_at
$$;
comment on function app.day_facts is 'Everything that counts on a site in a time, one row each, found by index ranges.';
