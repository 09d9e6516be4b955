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
