-- One statement writes the entry, words and all, and one counts which of them are known: nearly always all, and then
-- nothing is left to do.
create or replace function app.index_words(
  id uuid, site_id uuid, happened_at timestamptz, body text
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  found_words constant text[] := app.search_words(body);
  tag constant text := app.search_tag(site_id);
  known integer;
begin
  if cardinality(found_words) = 0 then
    delete from private.search_entries as e where e.id = index_words.id;
    return;
  end if;
  insert into private.search_entries as e (id, site_id, happened_at, words)
  values (
    index_words.id, index_words.site_id, index_words.happened_at,
    -- As app.search_vector.
    array_to_tsvector(array(select tag || word from unnest(found_words) as word))
  )
  on conflict on constraint search_entries_pkey do update set words = excluded.words, happened_at = excluded.happened_at;
  -- As one query with "not exists" the planner may read all words of the site instead.
  select count(*) into known from private.search_words as w
  where w.site_id = index_words.site_id and w.word = any (found_words);
  if known < cardinality(found_words) then
    insert into private.search_words (site_id, word)
    select index_words.site_id, word from unnest(found_words) as word
    on conflict do nothing;
  end if;
end $$;
