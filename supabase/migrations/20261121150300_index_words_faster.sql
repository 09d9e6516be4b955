-- Every message asked for its site, and locked the row of it, only to keep this key. Entries go with their message or
-- visitor (app.forget_entries), and those go with the site.
alter table private.search_entries drop constraint search_entries_site_id_fkey;

-- security definer: the index is private.
create or replace function app.index_words(
  id uuid, site_id uuid, happened_at timestamptz, body text
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  found_words constant text[] := app.search_words(body);
  fresh text[];
begin
  if cardinality(found_words) = 0 then
    delete from private.search_entries as e where e.id = index_words.id;
    return;
  end if;
  insert into private.search_entries as e (id, site_id, happened_at, words)
  values (
    index_words.id, index_words.site_id, index_words.happened_at, app.search_vector(index_words.site_id, found_words)
  )
  on conflict on constraint search_entries_pkey do update set words = excluded.words, happened_at = excluded.happened_at;
  -- Nearly always all are known, which one walk through the index tells. As one query with "not exists" the planner may
  -- read all words of the site instead.
  fresh := array(
    select word from unnest(found_words) as word
    where word <> all (array(
      select known.word from private.search_words as known
      where known.site_id = index_words.site_id and known.word = any (found_words)
    ))
  );
  if cardinality(fresh) > 0 then
    insert into private.search_words (site_id, word)
    select index_words.site_id, word from unnest(fresh) as word
    on conflict do nothing;
  end if;
end $$;
