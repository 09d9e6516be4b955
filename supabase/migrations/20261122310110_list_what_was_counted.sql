-- The lists behind the numbers of the reports, from what is kept: each of them a walk along one index.
drop function app.stat_hits;
-- Three statements, because one with "or" would be planned without its index.
create function app.stat_hits(
  site_id uuid, measure private.counted_measure, from_at timestamptz, to_at timestamptz, operator_id uuid, page text,
  max_rows integer
) returns table (conversation_id uuid, at timestamptz, value double precision)
language plpgsql stable security invoker rows 60 set search_path = ''
as $$
#variable_conflict use_column
begin
  if stat_hits.operator_id is not null then
    return query
      select k.conversation_id, k.at, k.value from private.counted_conversations as k
      where k.operator_id = stat_hits.operator_id and k.site_id = stat_hits.site_id and k.measure = stat_hits.measure
        and k.at >= stat_hits.from_at and k.at < stat_hits.to_at
        and (stat_hits.page is null or k.page = stat_hits.page)
      order by k.at desc, k.conversation_id desc limit stat_hits.max_rows;
  elsif stat_hits.page is not null then
    return query
      select k.conversation_id, k.at, k.value from private.counted_conversations as k
      where k.site_id = stat_hits.site_id and k.measure = stat_hits.measure and k.page = stat_hits.page
        and k.at >= stat_hits.from_at and k.at < stat_hits.to_at
      order by k.at desc, k.conversation_id desc limit stat_hits.max_rows;
  else
    return query
      select k.conversation_id, k.at, k.value from private.counted_conversations as k
      where k.site_id = stat_hits.site_id and k.measure = stat_hits.measure
        and k.at >= stat_hits.from_at and k.at < stat_hits.to_at
      order by k.at desc, k.conversation_id desc limit stat_hits.max_rows;
  end if;
end $$;
comment on function app.stat_hits is 'The newest conversations of a site that a number counts.';

-- security definer: what was counted is private; the sites are those of the caller.
create or replace function public.list_stat_conversations(
  measure text, from_day date, to_day date, site_ids uuid[] default null, operator_id uuid default null,
  page text default null, before timestamptz default null, max_rows integer default 50
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  many constant integer := least(greatest(list_stat_conversations.max_rows, 1), 200);
  -- Whose numbers somebody may see, their conversations as well: as the policy on daily_stats.
  mine constant uuid[] := array(
    select id
    from app.my_site_ids(
      case when coalesce(list_stat_conversations.operator_id, auth.uid()) = auth.uid() then 'operator' else 'admin' end::public.member_role
    ) as id
    where list_stat_conversations.site_ids is null or id = any (list_stat_conversations.site_ids)
  );
begin
  if coalesce(list_stat_conversations.measure, '') not in ('started', 'missed', 'auto_replied', 'closed', 'rated', 'answered')
    or from_day is null or to_day is null or from_day > to_day or to_day - from_day > 400
  then
    perform app.refuse(422, 'invalid_input', '{"argument": "measure"}');
  end if;
  return (
    with hits as (
      select s.id as site_id, hit.*
      from public.sites as s
      cross join lateral app.stat_hits(
        s.id, list_stat_conversations.measure::private.counted_measure, from_day::timestamp at time zone s.time_zone,
        least((to_day + 1)::timestamp at time zone s.time_zone, coalesce(list_stat_conversations.before, 'infinity')),
        -- Nobody started, missed or answered these.
        case when list_stat_conversations.measure in ('closed', 'rated', 'answered') then list_stat_conversations.operator_id end,
        list_stat_conversations.page, many + 1
      ) as hit
      where s.id = any (mine)
      order by hit.at desc, hit.conversation_id desc
      limit many + 1
    )
    select jsonb_build_object(
      'conversations', coalesce(jsonb_agg(jsonb_build_object(
        'id', h.conversation_id, 'site_id', h.site_id, 'visitor_id', c.visitor_id, 'at', h.at, 'value', h.value, 'status', c.status,
        'assignee_id', c.assignee_id, 'preview', c.last_message_preview, 'start_page', c.start_page,
        'visitor_name', v.name, 'visitor_email', v.email
      ) order by h.at desc, h.conversation_id desc) filter (where h.place <= many), '[]'),
      'has_more', coalesce(max(h.place) > many, false)
    )
    from (select hits.*, row_number() over (order by hits.at desc, hits.conversation_id desc) as place from hits) as h
    join public.conversations as c on c.id = h.conversation_id
    join public.visitors as v on v.id = c.visitor_id
  );
end $$;
