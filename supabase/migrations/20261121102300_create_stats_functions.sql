create function app.refresh_daily_stats(site_id uuid, day date) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  site public.sites;
begin
  -- Two runs of the same day take turns; the second one sees more, never less.
  perform pg_advisory_xact_lock(hashtextextended('daily_stats:' || refresh_daily_stats.site_id || refresh_daily_stats.day, 0));
  select * into site from public.sites as s where s.id = refresh_daily_stats.site_id;
  if site.id is null then
    return;
  end if;
  delete from public.daily_stats as d where d.site_id = site.id and d.day = refresh_daily_stats.day;
  with facts as materialized (
    select f.*, width_bucket(f.value, app.duration_bounds()) as bucket,
      extract(hour from f.at at time zone site.time_zone)::integer as hour
    from app.day_facts(
      site.id, refresh_daily_stats.day::timestamp at time zone site.time_zone,
      (refresh_daily_stats.day + 1)::timestamp at time zone site.time_zone
    ) as f
  )
  insert into public.daily_stats (
    organization_id, site_id, day, operator_id, conversations_started, conversations_closed, missed,
    visitor_messages, operator_messages, bot_messages,
    first_response_count, first_response_seconds, first_response_histogram,
    resolution_count, resolution_seconds, resolution_histogram,
    rating_count, rating_sum, visitor_messages_by_hour
  )
  select
    site.organization_id, site.id, refresh_daily_stats.day, f.operator_id,
    count(*) filter (where f.kind = 'started'), count(*) filter (where f.kind = 'closed'),
    count(*) filter (where f.kind = 'missed'), count(*) filter (where f.kind = 'visitor'),
    count(*) filter (where f.kind = 'operator'), count(*) filter (where f.kind = 'bot'),
    count(*) filter (where f.kind = 'first_response'),
    coalesce(sum(f.value) filter (where f.kind = 'first_response'), 0),
    app.count_by_place(array_agg(f.bucket) filter (where f.kind = 'first_response'), 18),
    count(*) filter (where f.kind = 'closed'),
    coalesce(sum(f.value) filter (where f.kind = 'closed'), 0),
    app.count_by_place(array_agg(f.bucket) filter (where f.kind = 'closed'), 18),
    count(*) filter (where f.kind = 'rating'),
    coalesce(sum(f.value) filter (where f.kind = 'rating'), 0),
    app.count_by_place(array_agg(f.hour) filter (where f.kind = 'visitor'), 24)
  from facts as f
  group by grouping sets ((), (f.operator_id))
  having grouping(f.operator_id) = 1 or f.operator_id is not null;
end $$;
comment on function app.refresh_daily_stats is
  'Counts a day of a site anew from the raw rows; the same rows give the same numbers however often it runs.';
grant execute on function app.refresh_daily_stats to service_role;

create function app.enqueue_stats_refresh() returns integer
language sql volatile security invoker set search_path = ''
as $$
  -- Answers within 24 hours still change the day before; the hour in the key lets each hour count anew.
  select count(app.enqueue_job(
    'refresh_stats', jsonb_build_object('site_id', s.id, 'day', today.day - back), s.organization_id,
    'refresh_stats:' || s.id || ':' || (today.day - back) || ':' || date_trunc('hour', now()), priority => 8
  ))::integer
  from public.sites as s
  cross join lateral (select (now() at time zone s.time_zone)::date as day) as today
  cross join generate_series(0, 2) as back
  where exists (
    select from public.messages as m where m.site_id = s.id and m.created_at > now() - interval '3 days'
  )
$$;
comment on function app.enqueue_stats_refresh is 'For the schedule: jobs that count the last three days of every site where something was written.';

create function app.sum_by_place(many integer[], size integer) returns bigint[]
language sql immutable security invoker set search_path = ''
as $$
  select array(
    select coalesce(sum(part.value), 0)
    from generate_series(0, sum_by_place.size - 1) as slot (place)
    left join unnest(sum_by_place.many) with ordinality as part (value, place)
      on (part.place - 1) % sum_by_place.size = slot.place
    group by slot.place order by slot.place
  )
$$;
comment on function app.sum_by_place is 'Adds up arrays of one size, given one after another.';

create function app.sum_stats(rows public.daily_stats[]) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'conversations_started', coalesce(sum(r.conversations_started), 0),
    'conversations_closed', coalesce(sum(r.conversations_closed), 0),
    'missed', coalesce(sum(r.missed), 0),
    'visitor_messages', coalesce(sum(r.visitor_messages), 0),
    'operator_messages', coalesce(sum(r.operator_messages), 0),
    'bot_messages', coalesce(sum(r.bot_messages), 0),
    'first_response_count', coalesce(sum(r.first_response_count), 0),
    'first_response_seconds', coalesce(sum(r.first_response_seconds), 0),
    'first_response_histogram', app.sum_by_place(array_agg(r.first_response_histogram), 18),
    'resolution_count', coalesce(sum(r.resolution_count), 0),
    'resolution_seconds', coalesce(sum(r.resolution_seconds), 0),
    'resolution_histogram', app.sum_by_place(array_agg(r.resolution_histogram), 18),
    'rating_count', coalesce(sum(r.rating_count), 0),
    'rating_sum', coalesce(sum(r.rating_sum), 0),
    'visitor_messages_by_hour', app.sum_by_place(array_agg(r.visitor_messages_by_hour), 24)
  )
  from unnest(sum_stats.rows) as r
$$;
comment on function app.sum_stats is 'StatsSums of packages/contracts.';
grant execute on function app.sum_by_place, app.sum_stats to authenticated;

create function public.site_stats(site_ids uuid[] default null, from_day date default null, to_day date default null)
returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  last_day date := coalesce(site_stats.to_day, current_date);
  first_day date := coalesce(site_stats.from_day, last_day - 29);
  mine uuid[] := array(
    select id from app.my_site_ids() as id where site_stats.site_ids is null or id = any (site_stats.site_ids)
  );
begin
  if first_day > last_day or last_day - first_day > 800 then
    perform app.refuse(422, 'invalid_input', '{"argument": "from_day"}');
  end if;
  return (
    with found as materialized (
      select d from public.daily_stats as d
      where d.site_id = any (mine) and d.day between first_day and last_day
    ),
    by_day as (
      select (d).day as day, app.sum_stats(array_agg(d)) as sums from found where (d).operator_id is null group by 1
    ),
    by_site as (
      select (d).site_id as site_id, app.sum_stats(array_agg(d)) as sums from found where (d).operator_id is null group by 1
    ),
    by_operator as (
      select (d).operator_id as operator_id, app.sum_stats(array_agg(d)) as sums from found
      where (d).operator_id is not null group by 1
    )
    select jsonb_build_object(
      'from_day', first_day, 'to_day', last_day,
      'bounds', to_jsonb(app.duration_bounds()),
      'total', (select app.sum_stats(array_agg(d)) from found where (d).operator_id is null),
      'days', (select coalesce(jsonb_agg(sums || jsonb_build_object('day', day) order by day), '[]') from by_day),
      'sites', (select coalesce(jsonb_agg(sums || jsonb_build_object('site_id', site_id) order by site_id), '[]') from by_site),
      'operators', (
        select coalesce(jsonb_agg(sums || jsonb_build_object('operator_id', operator_id) order by operator_id), '[]')
        from by_operator
      )
    )
  );
end $$;
comment on function public.site_stats is
  'SiteStats: sums of daily_stats over the caller''s sites (or some of them), in all, by day, by site and by operator; at most 800 days.';
grant execute on function public.site_stats to authenticated;
