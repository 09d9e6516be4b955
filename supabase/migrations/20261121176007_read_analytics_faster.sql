-- The period before is only compared in all and by day: half of the rows of operators and pages need not be read.
create or replace function app.stat_cells(site_ids uuid[], operator_id uuid, before_day date, first_day date, last_day date)
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
        and (d.day >= stat_cells.first_day or d.operator_id is not distinct from stat_cells.operator_id)
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
      and (f.period = 'current' or cut.name in ('total', 'day'))
    union all
    select 'page', p.page, 'current',
      p.conversations_started, 0, p.missed, p.auto_replied, 0, 0, 0, p.rating_count, p.rating_good, p.rating_sum,
      p.first_response_steps, p.resolution_steps
    from public.daily_page_stats as p
    where p.site_id = any (stat_cells.site_ids) and p.day between stat_cells.first_day and stat_cells.last_day
      and stat_cells.operator_id is null;
end $$;
