-- Asked for by name, the days and sites of a colleague were counted for everybody, and the table told whose a late answer
-- was: as in the other numbers, those of somebody else are for admins.
revoke select on public.overdue_replies from authenticated;
grant select (id, conversation_id, due_at, organization_id, site_id, first, waiting_since, ended_at)
  on public.overdue_replies to authenticated;

-- security definer: it alone reads by whom, for callers who may not; `mine` and `managed` are the caller's sites.
create or replace function public.read_late_replies(
  from_day date, to_day date, site_ids uuid[] default null, operator_id uuid default null
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  mine constant uuid[] := array(
    select id from app.my_site_ids() as id where read_late_replies.site_ids is null or id = any (read_late_replies.site_ids)
  );
  -- As in the other numbers: what somebody else was late with, admins alone read by name.
  managed constant uuid[] := array(select app.my_site_ids('admin'));
begin
  if from_day is null or to_day is null or from_day > to_day or to_day - from_day > 800 then
    perform app.refuse(422, 'invalid_input', '{"argument": "from_day"}');
  end if;
  return (
    with late as materialized (
      select o.site_id, o.assignee_id, o.first, (o.due_at at time zone s.time_zone)::date as day,
        o.assignee_id is null or o.assignee_id = auth.uid() or o.site_id = any (managed) as named
      from public.sites as s
      join public.overdue_replies as o on o.site_id = s.id
        and o.due_at >= from_day::timestamp at time zone s.time_zone
        and o.due_at < (to_day + 1)::timestamp at time zone s.time_zone
      where s.id = any (mine)
        and (read_late_replies.operator_id is null or o.assignee_id = read_late_replies.operator_id)
    ),
    seen as materialized (select l.* from late as l where l.named or read_late_replies.operator_id is null)
    select jsonb_build_object(
      'days', (
        select coalesce(jsonb_agg(jsonb_build_object('key', d.day, 'first', d.first, 'next', d.next) order by d.day), '[]')
        from (
          select day, count(*) filter (where first) as first, count(*) filter (where not first) as next
          from seen group by day
        ) as d
      ),
      'sites', (
        select coalesce(jsonb_agg(jsonb_build_object('key', o.site_id, 'first', o.first, 'next', o.next)
          order by o.first + o.next desc, o.site_id), '[]')
        from (
          select my_site.id as site_id, count(l.site_id) filter (where l.first) as first,
            count(l.site_id) filter (where not l.first) as next
          from unnest(mine) as my_site (id) left join seen as l on l.site_id = my_site.id group by my_site.id
        ) as o
      ),
      'operators', (
        select coalesce(jsonb_agg(jsonb_build_object('key', o.assignee_id, 'first', o.first, 'next', o.next)
          order by o.first + o.next desc, o.assignee_id), '[]')
        from (
          select assignee_id, count(*) filter (where first) as first, count(*) filter (where not first) as next
          from seen where named group by assignee_id
        ) as o
      )
    )
  );
end $$;
