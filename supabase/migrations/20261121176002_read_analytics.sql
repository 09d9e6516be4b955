create type app.stat_cell as (
  cut text, key text, period text, conversations_started integer, conversations_closed integer, missed integer,
  auto_replied integer, visitor_messages integer, operator_messages integer, bot_messages integer,
  rating_count integer, rating_good integer, rating_sum integer, first_response_steps bigint[], resolution_steps bigint[]
);
comment on type app.stat_cell is 'A row of the statistics as it counts for one cut: in all, a day, a site, an operator, a page.';

-- The caller's rights are those of the policies on the two tables.
create function app.stat_cells(site_ids uuid[], operator_id uuid, before_day date, first_day date, last_day date)
returns setof app.stat_cell
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    with found as materialized (
      select d.*, case when d.day >= stat_cells.first_day then 'current' else 'previous' end as period
      from public.daily_stats as d
      where d.site_id = any (stat_cells.site_ids) and d.day between stat_cells.before_day and stat_cells.last_day
        and (stat_cells.operator_id is null or d.operator_id is null or d.operator_id = stat_cells.operator_id)
    )
    select cut.name, cut.key, f.period, f.conversations_started, f.conversations_closed, f.missed, f.auto_replied,
      f.visitor_messages, f.operator_messages, f.bot_messages, f.rating_count, f.rating_good, f.rating_sum,
      f.first_response_steps, f.resolution_steps
    from found as f
    cross join lateral (values
      ('total', ''), ('day', f.day::text), ('site', f.site_id::text), ('operator', f.operator_id::text)
    ) as cut (name, key)
    where case when cut.name = 'operator' then f.operator_id is not null
      else f.operator_id is not distinct from stat_cells.operator_id end
    union all
    select 'page', p.page, case when p.day >= stat_cells.first_day then 'current' else 'previous' end,
      p.conversations_started, 0, p.missed, p.auto_replied, 0, 0, 0, p.rating_count, p.rating_good, p.rating_sum,
      p.first_response_steps, p.resolution_steps
    from public.daily_page_stats as p
    where p.site_id = any (stat_cells.site_ids) and p.day between stat_cells.before_day and stat_cells.last_day
      and stat_cells.operator_id is null;
end $$;
comment on function app.stat_cells is 'All rows that read_analytics adds up, once for each cut that they count for.';

create function app.hours_of_week(site_ids uuid[], first_day date, last_day date) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select jsonb_agg(sums.many order by sums.weekday, sums.hour)
    from (
      select weekday, hour, coalesce(sum(found.many), 0) as many
      from generate_series(1, 7) as weekday
      cross join generate_series(1, 24) as hour
      left join (
        select extract(isodow from d.day)::integer as weekday, part.hour::integer, sum(part.many) as many
        from public.daily_stats as d
        cross join unnest(d.visitor_messages_by_hour) with ordinality as part (many, hour)
        where d.site_id = any (hours_of_week.site_ids) and d.operator_id is null
          and d.day between hours_of_week.first_day and hours_of_week.last_day
        group by 1, 2
      ) as found using (weekday, hour)
      group by weekday, hour
    ) as sums
  );
end $$;
comment on function app.hours_of_week is '168 numbers from Monday, 0 o''clock: messages of visitors, in the time zone of each site.';

create function public.read_analytics(
  from_day date, to_day date, site_ids uuid[] default null, operator_id uuid default null
) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  -- No more rows than somebody reads: the pages of many sites are many.
  most_pages constant integer := 100;
  before_day date;
  mine constant uuid[] := array(
    select id from app.my_site_ids() as id where read_analytics.site_ids is null or id = any (read_analytics.site_ids)
  );
begin
  if from_day is null or to_day is null or from_day > to_day or to_day - from_day > 400 then
    perform app.refuse(422, 'invalid_input', '{"argument": "from_day"}');
  end if;
  before_day := from_day - (to_day - from_day + 1);
  return (
    with cells as materialized (
      select c.* from app.stat_cells(mine, read_analytics.operator_id, before_day, from_day, to_day) as c
    ),
    sums as (
      select c.cut, c.key, c.period,
        sum(c.conversations_started) as conversations_started, sum(c.conversations_closed) as conversations_closed,
        sum(c.missed) as missed, sum(c.auto_replied) as auto_replied, sum(c.visitor_messages) as visitor_messages,
        sum(c.operator_messages) as operator_messages, sum(c.bot_messages) as bot_messages,
        sum(c.rating_count) as rating_count, sum(c.rating_good) as rating_good, sum(c.rating_sum) as rating_sum
      from cells as c group by c.cut, c.key, c.period
    ),
    steps as (
      select c.cut, c.key, c.period, kind.name as kind, part / 1000000000 as step, sum(part % 1000000000) as many
      from cells as c
      cross join lateral (values ('first', c.first_response_steps), ('end', c.resolution_steps)) as kind (name, parts)
      cross join unnest(kind.parts) as part
      group by c.cut, c.key, c.period, kind.name, step
    ),
    ranked as (
      select s.*, sum(s.many) over (partition by s.cut, s.key, s.period, s.kind order by s.step) as upto,
        sum(s.many) over (partition by s.cut, s.key, s.period, s.kind) as everything
      from steps as s
    ),
    durations as (
      select r.cut, r.key, r.period,
        max(r.everything) filter (where r.kind = 'first') as first_response_count,
        min(r.step) filter (where r.kind = 'first' and r.upto >= 0.5 * r.everything) as first_median,
        min(r.step) filter (where r.kind = 'first' and r.upto >= 0.9 * r.everything) as first_p90,
        max(r.everything) filter (where r.kind = 'end') as resolution_count,
        min(r.step) filter (where r.kind = 'end' and r.upto >= 0.5 * r.everything) as end_median,
        min(r.step) filter (where r.kind = 'end' and r.upto >= 0.9 * r.everything) as end_p90
      from ranked as r group by r.cut, r.key, r.period
    ),
    placed as (
      select *, row_number() over (partition by cut, period order by conversations_started desc, key) as place
      from sums
      left join durations using (cut, key, period)
    )
    select jsonb_build_object(
      'from_day', from_day, 'to_day', to_day, 'before_day', before_day, 'site_ids', to_jsonb(mine),
      'cells', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'cut', p.cut, 'key', p.key, 'period', p.period,
          'conversations_started', p.conversations_started, 'conversations_closed', p.conversations_closed,
          'missed', p.missed, 'auto_replied', p.auto_replied, 'visitor_messages', p.visitor_messages,
          'operator_messages', p.operator_messages, 'bot_messages', p.bot_messages,
          'rating_count', p.rating_count, 'rating_good', p.rating_good, 'rating_sum', p.rating_sum,
          'first_response_count', coalesce(p.first_response_count, 0),
          'first_response_median', app.step_seconds(p.first_median::integer),
          'first_response_p90', app.step_seconds(p.first_p90::integer),
          'resolution_count', coalesce(p.resolution_count, 0),
          'resolution_median', app.step_seconds(p.end_median::integer),
          'resolution_p90', app.step_seconds(p.end_p90::integer)
        )), '[]')
        from placed as p where p.cut <> 'page' or p.place <= most_pages
      ),
      'hours', app.hours_of_week(mine, from_day, to_day),
      'counted_at', (
        select max(d.computed_at) from public.daily_stats as d
        where d.site_id = any (mine) and d.operator_id is null and d.day between to_day - 1 and to_day
      ),
      'time_zones', (
        select coalesce(jsonb_agg(distinct s.time_zone), '[]') from public.sites as s where s.id = any (mine)
      )
    )
  );
end $$;
comment on function public.read_analytics is
  'Analytics: sums of the caller''s sites (or some of them) in a period of at most 401 days and in the one before it, by cut; medians are at most 2.5 % off. With an operator, what that operator did.';

-- security definer: row-level security would keep the status out of the index.
create function public.read_live_stats(site_ids uuid[] default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  -- Of each site; beyond it a number only says that there are too many.
  most constant integer := 1000;
  mine constant uuid[] := array(
    select id from app.my_site_ids() as id where read_live_stats.site_ids is null or id = any (read_live_stats.site_ids)
  );
begin
  return (
    select jsonb_build_object(
      'site_ids', to_jsonb(mine), 'open', count(*), 'waiting', count(o.waiting_since), 'waiting_since', min(o.waiting_since),
      'unassigned', count(*) filter (where o.assignee_id is null)
    )
    from unnest(mine) as my_site (id)
    cross join lateral (
      select c.waiting_since, c.assignee_id from public.conversations as c
      where c.site_id = my_site.id and c.status = 'open' order by c.last_message_at desc limit most
    ) as o
  );
end $$;
comment on function public.read_live_stats is
  'LiveStats: open, waiting and unassigned conversations now, of the 1,000 newest open ones of each of the caller''s sites.';

-- security definer: jobs are private.
create function public.freshen_stats(site_ids uuid[] default null) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return (
    select count(app.enqueue_job(
      'refresh_stats', jsonb_build_object('site_id', s.id, 'day', (now() at time zone s.time_zone)::date - back),
      s.organization_id,
      'refresh_stats:' || s.id || ':' || ((now() at time zone s.time_zone)::date - back)
        || ':' || date_bin('1 minute', now(), 'epoch'::timestamptz),
      priority => 3
    ))
    from public.sites as s
    cross join generate_series(0, 1) as back
    where s.id in (select app.my_site_ids()) and s.archived_at is null
      and (freshen_stats.site_ids is null or s.id = any (freshen_stats.site_ids))
  );
end $$;
comment on function public.freshen_stats is
  'Somebody looks: counts today and yesterday anew, each site once a minute. Answers how many days are being counted.';

grant execute on function app.stat_cells, app.hours_of_week to authenticated;
grant execute on function public.read_analytics, public.read_live_stats, public.freshen_stats to authenticated;
