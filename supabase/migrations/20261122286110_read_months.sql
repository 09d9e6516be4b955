-- A year of a large team took 444 ms: all its days of all operators and pages. Months that are over are added up now, so a
-- long period reads those, and single days only at its ends; and its line has a point for a week, not for a day.
-- `work_mem`: on disk it takes twice as long. `jit`: making code of the plan takes longer than the plan.
create or replace function public.read_analytics(
  from_day date, to_day date, site_ids uuid[] default null, operator_id uuid default null
) returns jsonb
language plpgsql stable security invoker set search_path = '' set work_mem = '32MB' set jit = off
as $$
declare
  -- No more rows than somebody reads: the pages of many sites are many.
  most_pages constant integer := 100;
  -- More points than this are no line that anybody reads: longer periods are cut into weeks.
  most_days constant integer := 120;
  step_days integer;
  before_day date;
  blocks integer;
  mine constant uuid[] := array(
    select id from app.my_site_ids() as id where read_analytics.site_ids is null or id = any (read_analytics.site_ids)
  );
begin
  if from_day is null or to_day is null or from_day > to_day or to_day - from_day > 400 then
    perform app.refuse(422, 'invalid_input', '{"argument": "from_day"}');
  end if;
  before_day := from_day - (to_day - from_day + 1);
  step_days := case when to_day - from_day < most_days then 1 else 7 end;
  -- Steps of each period are counted from its first day, so that they lie beside each other.
  blocks := (to_day - from_day) / step_days + 1;
  return (
    with
    -- Columns by name: rows with all their arrays would not fit into memory.
    of_sites as materialized (
      select d.site_id, d.day, d.conversations_started, d.conversations_closed, d.missed, d.auto_replied, d.visitor_messages,
        d.operator_messages, d.bot_messages, d.rating_count, d.rating_good, d.rating_sum, d.first_response_steps,
        d.resolution_steps, d.computed_at
      from public.daily_stats as d
      where d.site_id = any (mine) and d.day between before_day and to_day and d.operator_id is null
    ),
    -- Whole months that were added up, of operators and pages; the period before is only compared in all and by day.
    of_months as materialized (
      select s.site_id, s.month, s.operator_id, s.page, s.conversations_started, s.conversations_closed, s.missed,
        s.auto_replied, s.visitor_messages, s.operator_messages, s.bot_messages, s.rating_count, s.rating_good, s.rating_sum,
        s.first_response_steps, s.resolution_steps
      from public.monthly_stats as s
      where s.site_id = any (mine) and s.month >= from_day and s.month + interval '1 month' <= to_day + 1
    ),
    -- What is left of the period: days of a site in a row.
    days_left as materialized (
      select site.id as site_id, greatest(m.month, from_day) as first_day,
        least((m.month + interval '1 month')::date - 1, to_day) as last_day
      from unnest(mine) as site (id)
      cross join lateral (
        select month::date from generate_series(date_trunc('month', from_day::timestamp), to_day, interval '1 month') as month
      ) as m
      where not exists (
        select from of_months as known
        where known.site_id = site.id and known.month = m.month and known.operator_id is null and known.page is null
      )
    ),
    of_person as materialized (
      select d.site_id, d.day, d.conversations_started, d.conversations_closed, d.missed, d.auto_replied,
        d.visitor_messages, d.operator_messages, d.bot_messages, d.rating_count, d.rating_good, d.rating_sum, d.first_response_steps, d.resolution_steps
      from public.daily_stats as d
      where d.site_id = any (mine) and d.day between before_day and to_day and d.operator_id = read_analytics.operator_id
    ),
    whole as materialized (
      select d.site_id, (d.day >= from_day)::integer as period,
        case when d.day >= from_day then blocks + (d.day - from_day) / step_days else (d.day - before_day) / step_days end as block,
        d.conversations_started, d.conversations_closed, d.missed, d.auto_replied,
        d.visitor_messages, d.operator_messages, d.bot_messages, d.rating_count, d.rating_good, d.rating_sum, d.first_response_steps, d.resolution_steps
      from (
        select o.site_id, o.day, o.conversations_started, o.conversations_closed, o.missed, o.auto_replied,
          o.visitor_messages, o.operator_messages, o.bot_messages, o.rating_count, o.rating_good, o.rating_sum, o.first_response_steps, o.resolution_steps
        from of_sites as o where read_analytics.operator_id is null
        union all
        select o.* from of_person as o
      ) as d
    ),
    answered as materialized (
      select o.operator_id as person, o.conversations_started, o.conversations_closed, o.missed, o.auto_replied,
        o.visitor_messages, o.operator_messages, o.bot_messages, o.rating_count, o.rating_good, o.rating_sum, o.first_response_steps, o.resolution_steps
      from of_months as o where o.operator_id is not null and read_analytics.operator_id is null
      union all
      select d.operator_id, d.conversations_started, d.conversations_closed, d.missed, d.auto_replied,
        d.visitor_messages, d.operator_messages, d.bot_messages, d.rating_count, d.rating_good, d.rating_sum, d.first_response_steps, d.resolution_steps
      from days_left as l
      -- Without the fence the whole table may be read for a few days of it.
      cross join lateral (
        select * from public.daily_stats as d
        where d.site_id = l.site_id and d.day between l.first_day and l.last_day and d.operator_id is not null
        offset 0
      ) as d
      where read_analytics.operator_id is null
      union all
      select read_analytics.operator_id, o.conversations_started, o.conversations_closed, o.missed, o.auto_replied,
        o.visitor_messages, o.operator_messages, o.bot_messages, o.rating_count, o.rating_good, o.rating_sum, o.first_response_steps, o.resolution_steps
      from of_person as o where o.day >= from_day
    ),
    people as materialized (
      select 100000 + row_number() over ()::integer as cell, person from (select distinct a.person from answered as a) as found
    ),
    persons as materialized (select people.cell, a.* from answered as a join people using (person)),
    visited as materialized (
      select o.page, o.conversations_started, o.missed, o.auto_replied, o.rating_count, o.rating_good, o.rating_sum,
        o.first_response_steps, o.resolution_steps
      from of_months as o where o.page is not null and read_analytics.operator_id is null
      union all
      select p.page, p.conversations_started, p.missed, p.auto_replied, p.rating_count, p.rating_good, p.rating_sum,
        p.first_response_steps, p.resolution_steps
      from days_left as l
      cross join lateral (
        select * from public.daily_page_stats as p
        where p.site_id = l.site_id and p.day between l.first_day and l.last_day
        offset 0
      ) as p
      where read_analytics.operator_id is null
    ),
    busiest as materialized (
      select 200000 + row_number() over (order by sum(v.conversations_started) desc, v.page)::integer as cell, v.page
      from visited as v group by v.page order by cell limit most_pages
    ),
    pages as materialized (select b.cell, v.* from visited as v join busiest as b using (page)),
    -- Below 1,000 a step of days, 1,000 and 1,001 the period before and this one, from 10,001 sites, then operators and pages.
    named (cell, cut, key, period) as (
      select distinct w.block, 'day',
        (case w.period when 1 then from_day + (w.block - blocks) * step_days else before_day + w.block * step_days end)::text,
        w.period
      from whole as w
      union all
      select distinct 1000 + w.period, 'total', '', w.period from whole as w
      union all
      select distinct 10000 + array_position(mine, w.site_id), 'site', w.site_id::text, 1 from whole as w where w.period = 1
      union all
      select p.cell, 'operator', p.person::text, 1 from people as p
      union all
      select b.cell, 'page', b.page, 1 from busiest as b
    ),
    counted as (
      select named.cell,
        w.conversations_started, w.conversations_closed, w.missed, w.auto_replied, w.visitor_messages,
        w.operator_messages, w.bot_messages, w.rating_count, w.rating_good, w.rating_sum
      from whole as w
      cross join lateral (
        values (w.block), (1000 + w.period), (case when w.period = 1 then 10000 + array_position(mine, w.site_id) end)
      ) as named (cell)
      where named.cell is not null
      union all
      select p.cell,
        p.conversations_started, p.conversations_closed, p.missed, p.auto_replied, p.visitor_messages,
        p.operator_messages, p.bot_messages, p.rating_count, p.rating_good, p.rating_sum
      from persons as p
      union all
      select p.cell, p.conversations_started, 0, p.missed, p.auto_replied, 0, 0, 0, p.rating_count, p.rating_good, p.rating_sum
      from pages as p
    ),
    sums as (
      select c.cell,
        sum(c.conversations_started) as conversations_started, sum(c.conversations_closed) as conversations_closed,
        sum(c.missed) as missed, sum(c.auto_replied) as auto_replied, sum(c.visitor_messages) as visitor_messages,
        sum(c.operator_messages) as operator_messages, sum(c.bot_messages) as bot_messages,
        sum(c.rating_count) as rating_count, sum(c.rating_good) as rating_good, sum(c.rating_sum) as rating_sum
      from counted as c group by c.cell
    ),
    parts (block, site, kind, part) as materialized (
      select w.block, array_position(mine, w.site_id), 0, unnest(w.first_response_steps) from whole as w
      union all
      select w.block, array_position(mine, w.site_id), 1, unnest(w.resolution_steps) from whole as w
    ),
    -- A step of a cell as one number: (cell * 2 + kind) * 512 + step.
    of_blocks as materialized (
      select (p.block * 2 + p.kind) * 512 + (p.part / 1000000000)::integer as code, sum((p.part % 1000000000)::integer)::integer as many
      from parts as p group by 1
    ),
    steps as (
      select d.code, d.many from of_blocks as d
      union all
      select ((1000 + (d.code / 1024 >= blocks)::integer) * 2) * 512 + d.code % 1024, sum(d.many)::integer
      from of_blocks as d group by 1
      union all
      select ((10000 + p.site) * 2 + p.kind) * 512 + (p.part / 1000000000)::integer, sum((p.part % 1000000000)::integer)::integer
      from parts as p where p.block >= blocks group by 1
      union all
      select (p.cell * 2 + p.kind) * 512 + (p.part / 1000000000)::integer, sum((p.part % 1000000000)::integer)::integer
      from (
        select cell, 0 as kind, unnest(first_response_steps) as part from persons
        union all
        select cell, 1, unnest(resolution_steps) from persons
        union all
        select cell, 0, unnest(first_response_steps) from pages
        union all
        select cell, 1, unnest(resolution_steps) from pages
      ) as p
      group by 1
    ),
    ranked as (
      select s.code, s.code / 512 as cell_kind, sum(s.many) over (partition by s.code / 512 order by s.code) as upto,
        sum(s.many) over (partition by s.code / 512) as everything
      from steps as s
    ),
    durations as (
      select r.cell_kind, max(r.everything) as many,
        app.step_seconds(min(r.code % 512) filter (where r.upto >= 0.5 * r.everything)) as median,
        app.step_seconds(min(r.code % 512) filter (where r.upto >= 0.9 * r.everything)) as p90
      from ranked as r group by r.cell_kind
    )
    select jsonb_build_object(
      'from_day', from_day, 'to_day', to_day, 'before_day', before_day, 'step_days', step_days, 'site_ids', to_jsonb(mine),
      'cells', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'cut', n.cut, 'key', n.key, 'period', case n.period when 1 then 'current' else 'previous' end,
          'conversations_started', s.conversations_started, 'conversations_closed', s.conversations_closed,
          'missed', s.missed, 'auto_replied', s.auto_replied, 'visitor_messages', s.visitor_messages,
          'operator_messages', s.operator_messages, 'bot_messages', s.bot_messages,
          'rating_count', s.rating_count, 'rating_good', s.rating_good, 'rating_sum', s.rating_sum,
          'first_response_count', coalesce(answered.many, 0),
          'first_response_median', answered.median, 'first_response_p90', answered.p90,
          'resolution_count', coalesce(closed.many, 0),
          'resolution_median', closed.median, 'resolution_p90', closed.p90
        )), '[]')
        from named as n
        join sums as s on s.cell = n.cell
        left join durations as answered on answered.cell_kind = n.cell * 2
        left join durations as closed on closed.cell_kind = n.cell * 2 + 1
      ),
      'hours', app.hours_of_week(mine, from_day, to_day),
      'counted_at', (
        select max(o.computed_at) from of_sites as o where o.day between to_day - 1 and to_day
      ),
      'time_zones', (
        select coalesce(jsonb_agg(distinct s.time_zone), '[]') from public.sites as s where s.id = any (mine)
      )
    )
  );
end $$;
comment on function public.read_analytics is
  'Analytics of a period of at most 401 days and the one before it: in all, by day (by seven days above 120), site, operator and page; hours of the week.';
