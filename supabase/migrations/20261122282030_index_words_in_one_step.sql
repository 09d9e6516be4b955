-- Splitting, sorting and tagging the words of a message were three statements; the functions of arrays and of tsvector do
-- the same without one.
create or replace function app.search_words(body text) returns text[]
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  spaced text := regexp_replace(
    -- An apostrophe is part of a Ukrainian word, however it was typed.
    translate(lower(normalize(coalesce(search_words.body, ''), NFKC)), '''’ʼ`´', ''), '[^[:alnum:]]+', ' ', 'g'
  );
begin
  if spaced ~ '[^ ]{41}' then
    spaced := regexp_replace(spaced, '([^ ]{40})[^ ]+', '\1', 'g');
  end if;
  -- Distinct, and in one order everywhere: two writers of the same new words wait for each other, never in a circle.
  return tsvector_to_array(array_to_tsvector(array_remove(string_to_array(spaced, ' '), '')));
end $$;

create or replace function app.search_vector(site_id uuid, words text[]) returns tsvector
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  tag constant text := app.search_tag(search_vector.site_id);
begin
  -- Words hold no spaces (app.search_words).
  return array_to_tsvector(array_remove(string_to_array(tag || array_to_string(words, ' ' || tag), ' '), tag));
end $$;

create or replace function app.index_words(
  id uuid, site_id uuid, happened_at timestamptz, body text
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  found_words constant text[] := app.search_words(body);
  known integer;
begin
  if cardinality(found_words) = 0 then
    delete from private.search_entries as e where e.id = index_words.id;
    return;
  end if;
  insert into private.search_entries as e (id, site_id, happened_at, words)
  values (
    index_words.id, index_words.site_id, index_words.happened_at, app.search_vector(index_words.site_id, found_words)
  )
  on conflict on constraint search_entries_pkey do update set words = excluded.words, happened_at = excluded.happened_at
  returning (
    -- As one query with "not exists" the planner may read all words of the site instead.
    select count(*) from private.search_words as w where w.site_id = index_words.site_id and w.word = any (found_words)
  ) into known;
  if known < cardinality(found_words) then
    insert into private.search_words (site_id, word)
    select index_words.site_id, word from unnest(found_words) as word
    on conflict do nothing;
  end if;
end $$;
