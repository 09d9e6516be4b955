-- The conversations behind a number. Each measure walks an index from its newest end and stops with the page.
create function app.stat_hits(
  site public.sites, measure text, from_at timestamptz, to_at timestamptz, operator_id uuid, page text, max_rows integer
) returns table (conversation_id uuid, at timestamptz, value double precision)
language plpgsql stable security invoker set search_path = ''
as $$
#variable_conflict use_column
begin
  if stat_hits.measure in ('started', 'missed', 'auto_replied') then
    return query
      select c.id, c.created_at, null::double precision from public.conversations as c
      where c.site_id = site.id and c.created_at >= stat_hits.from_at and c.created_at < stat_hits.to_at
        and (stat_hits.page is null or coalesce(c.start_page, '') = stat_hits.page)
        and (stat_hits.measure <> 'auto_replied' or exists (
          select from public.messages as m where m.conversation_id = c.id and m.author_kind = 'bot'
        ))
        and (stat_hits.measure <> 'missed' or (
          (c.status = 'closed' or c.created_at < now() - interval '24 hours')
          and not exists (
            select from public.messages as m
            where m.conversation_id = c.id and m.author_kind = 'operator' and m.visibility = 'public'
              and m.created_at < c.created_at + interval '24 hours'
          )
        ))
      order by c.created_at desc, c.id desc limit stat_hits.max_rows;
  elsif stat_hits.measure = 'closed' then
    return query
      select c.id, c.closed_at, extract(epoch from c.closed_at - c.created_at)::double precision
      from public.conversations as c
      where c.site_id = site.id and c.closed_at >= stat_hits.from_at and c.closed_at < stat_hits.to_at
        and (stat_hits.operator_id is null or c.assignee_id = stat_hits.operator_id)
        and (stat_hits.page is null or coalesce(c.start_page, '') = stat_hits.page)
      order by c.closed_at desc, c.id desc limit stat_hits.max_rows;
  elsif stat_hits.measure = 'rated' then
    return query
      select r.conversation_id, r.created_at, r.score::double precision from public.ratings as r
      join public.conversations as c on c.id = r.conversation_id
      where r.site_id = site.id and r.created_at >= stat_hits.from_at and r.created_at < stat_hits.to_at
        and (stat_hits.operator_id is null or r.operator_id = stat_hits.operator_id)
        and (stat_hits.page is null or coalesce(c.start_page, '') = stat_hits.page)
      order by r.created_at desc, r.conversation_id desc limit stat_hits.max_rows;
  else
    return query
      select m.conversation_id, m.created_at, extract(epoch from m.created_at - c.created_at)::double precision
      from public.messages as m
      join public.conversations as c on c.id = m.conversation_id
      where m.site_id = site.id and m.created_at >= stat_hits.from_at and m.created_at < stat_hits.to_at
        and m.author_kind = 'operator' and m.visibility = 'public'
        and (stat_hits.operator_id is null or m.author_id = stat_hits.operator_id)
        and (stat_hits.page is null or coalesce(c.start_page, '') = stat_hits.page)
        and not exists (
          select from public.messages as earlier
          where earlier.conversation_id = m.conversation_id and earlier.seq < m.seq
            and earlier.author_kind = 'operator' and earlier.visibility = 'public'
        )
      order by m.created_at desc, m.conversation_id desc limit stat_hits.max_rows;
  end if;
end $$;
comment on function app.stat_hits is 'The newest conversations of a site that a number counts; the rules are those of app.day_facts.';

-- security definer: row-level security would keep enums out of the indexes; the sites are those of the caller.
create function public.list_stat_conversations(
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
        s, list_stat_conversations.measure, from_day::timestamp at time zone s.time_zone,
        least((to_day + 1)::timestamp at time zone s.time_zone, coalesce(list_stat_conversations.before, 'infinity')),
        list_stat_conversations.operator_id, list_stat_conversations.page, many + 1
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
comment on function public.list_stat_conversations is
  'StatConversations: the newest conversations behind a number of read_analytics, those before `before` (`at` of the last row) as the next page. Others'' numbers are for admins.';
grant execute on function public.list_stat_conversations to authenticated;
