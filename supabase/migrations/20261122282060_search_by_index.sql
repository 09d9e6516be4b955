-- Which plan the planner took for a rare word in a large organisation was chance: it knows no frequencies of the words that
-- a function is given, and a walk through a million entries in the order of time looked as cheap as the index of words.
-- Now each way is a step of its own that cannot be planned otherwise: a short walk finds what is said every day, the index
-- of words what is rare, a longer walk what is between; and only what is frequent but not of late is sorted whole.

create function app.search_walk(
  site_id uuid, asked tsquery, before timestamptz, before_id uuid, steps integer, max_rows integer
) returns private.search_entries[]
-- Each page begins behind the last result: with one plan for all pages that is a condition of the index.
language plpgsql stable security definer
set search_path = '' set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return array(
    select (e.id, e.site_id, e.happened_at, '')::private.search_entries from (
      select * from private.search_entries as walked
      where walked.site_id = search_walk.site_id
        and (walked.happened_at, walked.id) < (coalesce(search_walk.before, 'infinity'), search_walk.before_id)
      order by walked.happened_at desc, walked.id desc
      limit search_walk.steps
    ) as e
    where e.words @@ search_walk.asked
    limit search_walk.max_rows
  );
end $$;
comment on function app.search_walk is
  'What answers among so many of the newest entries of one site, newest first, without the words. security definer: the index is private.';

create function app.search_hits(asked tsquery, most integer) returns private.search_entries[]
-- By the index of words and nothing else: the site stands in each word, asked for beside them it would be looked up in an
-- index that holds all of its entries.
language plpgsql stable security definer
set search_path = '' set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return array(
    select (e.id, e.site_id, e.happened_at, '')::private.search_entries from private.search_entries as e
    where e.words @@ search_hits.asked
    limit search_hits.most
  );
end $$;
comment on function app.search_hits is
  'Entries that answer, at most so many, in no order and without the words: those of one site, but for another whose tag is the same. security definer: the index is private.';

create function app.search_all(
  site_id uuid, asked tsquery, before timestamptz, before_id uuid, max_rows integer
) returns private.search_entries[]
language plpgsql stable security definer
set search_path = '' set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return array(
    select (e.id, e.site_id, e.happened_at, '')::private.search_entries
    from (select * from private.search_entries as hit where hit.words @@ search_all.asked offset 0) as e
    where e.site_id = search_all.site_id and (e.happened_at, e.id) < (coalesce(search_all.before, 'infinity'), search_all.before_id)
    order by e.happened_at desc, e.id desc
    limit search_all.max_rows
  );
end $$;
comment on function app.search_all is
  'The newest of all entries of one site that answer, without the words. security definer: the index is private.';

create or replace function app.search_site(
  site_id uuid, question text, before timestamptz, before_id uuid, max_rows integer
) returns setof private.search_entries
language plpgsql stable security definer rows 20 set search_path = '' set enable_seqscan = off
as $$
declare
  asked constant tsquery := app.search_query(site_id, question);
  few constant integer := 2000;
  found_entries private.search_entries[];
begin
  if asked is null then
    return;
  end if;
  found_entries := app.search_walk(site_id, asked, before, before_id, 500, max_rows);
  if cardinality(found_entries) < max_rows then
    found_entries := app.search_hits(asked, few);
    if cardinality(found_entries) = few then
      -- Of 2,000 among a million, twenty are expected within 10,000.
      found_entries := app.search_walk(site_id, asked, before, before_id, 20000, max_rows);
      if cardinality(found_entries) < max_rows then
        found_entries := app.search_all(site_id, asked, before, before_id, max_rows);
      end if;
    end if;
  end if;
  return query
    select hit.* from unnest(found_entries) as hit
    where hit.site_id = search_site.site_id and (hit.happened_at, hit.id) < (coalesce(search_site.before, 'infinity'), search_site.before_id)
    order by hit.happened_at desc, hit.id desc limit search_site.max_rows;
end $$;
comment on function app.search_site is
  'Newest entries of one site that hold all words of the question. security definer: the index is private; the caller checks the site.';

-- Found words of somebody without a name were all of "Visitor": now results call people as the list does.
-- security definer: under row-level security the index could not be used.
create or replace function public.search_inbox(
  question text, site_id uuid default null, before timestamptz default null, before_id uuid default null,
  max_rows integer default 20, organization_id uuid default null
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  most constant integer := least(greatest(coalesce(max_rows, 20), 1), 50);
  answer jsonb;
begin
  if char_length(coalesce(question, '')) > 200 then
    perform app.refuse(422, 'invalid_input', '{"argument": "question"}');
  end if;
  with found as (
    select entry.*
    from unnest(array(select app.my_sites_in(search_inbox.organization_id))) as my_site (id)
    cross join lateral app.search_site(
      my_site.id, search_inbox.question, search_inbox.before,
      coalesce(search_inbox.before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), most + 1
    ) as entry
    where search_inbox.site_id is null or my_site.id = search_inbox.site_id
    order by entry.happened_at desc, entry.id desc
    limit most + 1
  ), page as (
    select * from found order by happened_at desc, id desc limit most
  )
  select jsonb_build_object(
    'results', coalesce(jsonb_agg(
      case when m.id is not null then jsonb_build_object(
        'kind', 'message', 'id', m.id, 'conversation_id', m.conversation_id, 'site_id', m.site_id, 'seq', m.seq,
        'author_kind', m.author_kind, 'author_name', m.author_name, 'visibility', m.visibility,
        'visitor_name', coalesce(person.name, of_message.name), 'visitor_email', coalesce(person.email, of_message.email),
        'person_id', coalesce(of_message.person_id, of_message.id), 'happened_at', page.happened_at,
        'snippet', app.search_snippet(m.body, search_inbox.question)
      ) else jsonb_build_object(
        'kind', 'visitor', 'id', v.id, 'site_id', v.site_id, 'name', v.name, 'email', v.email,
        'external_id', v.external_id, 'verified', v.verified, 'happened_at', page.happened_at,
        'conversation_id', (
          select c.id from public.conversations as c where c.visitor_id = v.id order by c.created_at desc limit 1
        )
      ) end
      order by page.happened_at desc, page.id desc
    ), '[]'),
    'has_more', (select count(*) > most from found)
  ) into answer
  from page
  left join public.messages as m on m.id = page.id
  left join public.conversations as c on c.id = m.conversation_id
  left join public.visitors as of_message on of_message.id = c.visitor_id
  left join public.visitors as person on person.id = of_message.person_id
  left join public.visitors as v on v.id = page.id;
  return answer;
end $$;
