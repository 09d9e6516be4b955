create extension if not exists pg_trgm with schema extensions;

-- Postgres has no dictionary for Ukrainian, and a GIN index over all tenants reads everybody's postings. So words are
-- stored as they were written, each behind a tag of its site: the index answers for one site, in any language, and
-- endings are cut from the question instead of from the text.
create table private.search_entries (
  id uuid primary key,
  site_id uuid not null references public.sites (id) on delete cascade,
  happened_at timestamptz not null,
  words tsvector not null
);
comment on table private.search_entries is
  'Words of messages and visitors for public.search_inbox. The id is the message''s or the visitor''s; triggers instead of foreign keys, because each index here is paid for by every message.';
create index on private.search_entries using gin (words);
create index on private.search_entries (site_id, happened_at desc, id desc);
alter table private.search_entries enable row level security;

create table private.search_words (
  site_id uuid not null references public.sites (id) on delete cascade,
  word text not null collate "C",
  primary key (site_id, word)
);
comment on table private.search_words is 'Every word of a site once: what a mistyped word is compared with.';
alter table private.search_words enable row level security;

create function app.search_tag(site_id uuid) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return left(md5(search_tag.site_id::text), 6) || ':';
end $$;
comment on function app.search_tag is 'What stands before each word of a site in the index.';

create function app.search_words(body text) returns text[]
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return array(
    select distinct left(word, 40) collate "C" as kept
    from unnest(regexp_split_to_array(
      -- An apostrophe is part of a Ukrainian word, however it was typed.
      translate(lower(normalize(search_words.body, NFKC)), '''’ʼ`´', ''), '[^[:alnum:]]+'
    )) as word
    where word <> ''
    -- In one order everywhere: two writers of the same new words wait for each other, never in a circle.
    order by kept
  );
end $$;
comment on function app.search_words is 'Distinct words of a text, in lower case, 40 characters at most, in order.';

create function app.search_vector(site_id uuid, words text[]) returns tsvector
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  tag constant text := app.search_tag(search_vector.site_id);
begin
  return array_to_tsvector(array(select tag || word from unnest(search_vector.words) as word));
end $$;
comment on function app.search_vector is 'Words as the index of one site has them.';

-- security definer: the index is private.
create function app.index_words(
  id uuid, site_id uuid, happened_at timestamptz, body text
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  found_words constant text[] := app.search_words(body);
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
  insert into private.search_words (site_id, word)
  select index_words.site_id, fresh.word from unnest(found_words) as fresh (word)
  where not exists (
    select from private.search_words as known where known.site_id = index_words.site_id and known.word = fresh.word
  )
  on conflict do nothing;
end $$;

create function app.index_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform app.index_words(
    new.id, new.site_id, new.created_at,
    new.body || coalesce((select ' ' || string_agg(file ->> 'name', ' ') from jsonb_array_elements(new.attachments) as file), '')
  );
  return null;
end $$;
comment on function app.index_message is 'security definer: the index is private.';

create trigger index_message after insert or update of body, attachments on public.messages
for each row when (new.author_kind <> 'system') execute function app.index_message();

create function app.index_visitor() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform app.index_words(
    new.id, new.site_id, new.last_seen_at, concat_ws(' ', new.name, new.email, new.external_id)
  );
  return null;
end $$;
comment on function app.index_visitor is 'security definer: the index is private.';

create trigger index_new_visitor after insert on public.visitors
for each row when (num_nonnulls(new.name, new.email, new.external_id) > 0) execute function app.index_visitor();
create trigger index_renamed_visitor after update of name, email, external_id on public.visitors
for each row when ((old.name, old.email, old.external_id) is distinct from (new.name, new.email, new.external_id))
execute function app.index_visitor();

create function app.forget_entries() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  delete from private.search_entries as e using gone where e.id = gone.id;
  return null;
end $$;
comment on function app.forget_entries is 'security definer: the index is private.';

create trigger forget_entries after delete on public.messages
referencing old table as gone for each statement execute function app.forget_entries();
create trigger forget_entries after delete on public.visitors
referencing old table as gone for each statement execute function app.forget_entries();

-- Enough of a word to find its other forms: the English stem, or a Ukrainian word without its ending.
create function app.search_stem(word text) returns text
language sql stable security invoker set search_path = ''
as $$
  select case
    when char_length(word) < 4 or word ~ '[0-9]' then word
    when word ~ '^[a-z]+$' then coalesce(
      (select left(word, char_length(stem)) from unnest(ts_lexize('pg_catalog.english_stem', word)) as stem
       where word like stem || '%'), word)
    else left(word, greatest(3, char_length(regexp_replace(
      word,
      '(ування|ування|ення|ання|ями|ами|ові|еві|ого|ому|ими|ими|ій|ої|ою|ею|єю|ах|ях|ів|їв|ам|ям|ти|ть|ла|ло|ли|[аеєиіїйоуюяьв])$', ''
    ))))
  end
$$;
comment on function app.search_stem is 'Beginning that the forms of a word share; the question searches for it as a prefix.';

-- What of one site answers to one word of the question: the word itself, or the nearest words when nothing begins so.
create function app.search_term(site_id uuid, word text) returns tsquery
language plpgsql stable security definer set search_path = ''
as $$
declare
  tag constant text := app.search_tag(site_id);
  stem constant text := app.search_stem(word);
  near text[];
begin
  if exists (
    select from private.search_words as known
    where known.site_id = search_term.site_id and known.word >= stem and known.word < stem || U&'\+10FFFF'
  ) then
    return (quote_literal(tag || stem) || ':*')::tsquery;
  end if;
  if char_length(word) < 4 then
    return null;
  end if;
  -- Mistakes are rarely in the first letter, so its words come first; the rest only when they gave nothing.
  near := app.similar_words(site_id, word, left(word, 1));
  if near is null then
    near := app.similar_words(site_id, word, '');
  end if;
  return (select string_agg(quote_literal(tag || other), ' | ') from unnest(near) as other)::tsquery;
end $$;
comment on function app.search_term is 'security definer: the words of a site are private.';

-- The trigrams of pg_trgm leave out letters that the database's locale does not know; ASCII letters are known to all.
create function app.search_letters(word text) returns text
language sql immutable security invoker set search_path = ''
as $$
  select translate(
    search_letters.word, 'абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэъё', 'abvgqdejzxiyw0klmnoprstufhc123456ie4e'
  )
$$;
comment on function app.search_letters is 'A Cyrillic word in ASCII, letter by letter, to compare it by trigrams.';

create function app.similar_words(site_id uuid, word text, beginning text) returns text[]
language sql stable security definer set search_path = ''
as $$
  select array_agg(nearest.word)
  from (
    select known.word
    from private.search_words as known
    where known.site_id = similar_words.site_id
      and known.word >= beginning and known.word < beginning || U&'\+10FFFF'
      and char_length(known.word) between char_length(similar_words.word) - 2 and char_length(similar_words.word) + 4
      and extensions.similarity(app.search_letters(known.word), app.search_letters(similar_words.word)) >= 0.3
    order by extensions.similarity(app.search_letters(known.word), app.search_letters(similar_words.word)) desc, known.word
    limit 5
  ) as nearest
$$;
comment on function app.similar_words is
  'Up to five words of a site like a mistyped one, by trigrams; null when there is none. security definer: the words are private.';

create function app.search_query(site_id uuid, question text) returns tsquery
language plpgsql stable security definer set search_path = ''
as $$
declare
  word text;
  term tsquery;
  asked tsquery;
begin
  foreach word in array app.search_words(question) loop
    term := app.search_term(site_id, word);
    if term is null then
      return null;
    end if;
    asked := case when asked is null then term else asked && term end;
  end loop;
  return asked;
end $$;
comment on function app.search_query is 'All words of the question, as the index of one site has them; null when it cannot answer.';

create function app.search_site(site_id uuid, question text, before timestamptz, before_id uuid, max_rows integer)
returns setof private.search_entries
-- How many rows hold a word is a guess for the planner; guessed high, it read the whole table to find a first few.
language plpgsql stable security definer rows 20 set search_path = '' set enable_seqscan = off
as $$
declare
  many constant integer := 2000;
  asked constant tsquery := app.search_query(site_id, question);
  hits integer;
begin
  if asked is null then
    return;
  end if;
  select count(*) into hits from (
    select from private.search_entries as e where e.words @@ asked limit many
  ) as hit;
  if hits < many then
    return query
      select e.* from private.search_entries as e
      where e.words @@ asked and e.site_id = search_site.site_id
        and (search_site.before is null or (e.happened_at, e.id) < (search_site.before, search_site.before_id))
      order by e.happened_at desc, e.id desc limit search_site.max_rows;
    return;
  end if;
  -- A word that is everywhere: the newest are found sooner by walking back in time than by sorting all.
  return query
    select e.* from (
      select * from private.search_entries as walked
      where walked.site_id = search_site.site_id
        and (search_site.before is null or (walked.happened_at, walked.id) < (search_site.before, search_site.before_id))
      order by walked.happened_at desc, walked.id desc
      offset 0
    ) as e
    where e.words @@ asked
    limit search_site.max_rows;
end $$;
comment on function app.search_site is
  'Newest entries of one site that hold all words of the question. security definer: the index is private; the caller checks the site.';

create function app.search_snippet(body text, question text) returns text
language sql stable security invoker set search_path = ''
as $$
  select
    case when cut.start > 1 then '…' else '' end
    || regexp_replace(substr(text.body, cut.start, 180), asked.pattern, U&'\E000\\1\E001', 'gi')
    || case when char_length(text.body) >= cut.start + 180 then '…' else '' end
  from (select translate(regexp_replace(search_snippet.body, '\s+', ' ', 'g'), U&'\E000\E001', '')) as text (body)
  cross join (
    select '\m((?:' || string_agg(
      -- Stems are letters and digits, so nothing needs to be escaped; an apostrophe may stand anywhere.
      regexp_replace(app.search_stem(word), '(.)(?=.)', '\1[''’ʼ`´]?', 'g'), '|'
    ) || ')[[:alnum:]]*)'
    from unnest(app.search_words(search_snippet.question)) as word
  ) as asked (pattern)
  cross join lateral (
    select greatest(1, regexp_instr(text.body, asked.pattern, 1, 1, 0, 'i') - 60)
  ) as cut (start)
$$;
comment on function app.search_snippet is
  'Some 180 characters of a text around what was found, each found word between U+E000 and U+E001.';

create function public.search_inbox(
  question text, site_id uuid default null, before timestamptz default null, before_id uuid default null,
  max_rows integer default 20
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
    from unnest(array(select app.my_site_ids())) as my_site (id)
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
        'visitor_name', of_message.name, 'happened_at', page.happened_at,
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
  left join public.visitors as v on v.id = page.id;
  return answer;
end $$;
comment on function public.search_inbox is
  'SearchPage: messages and visitors of the caller''s sites that hold all words of the question (beginnings, other endings, small typos), newest first. security definer: under row-level security the index could not be used.';

grant execute on function public.search_inbox to authenticated;

-- What was there before this migration.
select app.index_words(
  m.id, m.site_id, m.created_at, m.body
) from public.messages as m where m.author_kind <> 'system';
select app.index_words(
  v.id, v.site_id, v.last_seen_at, concat_ws(' ', v.name, v.email, v.external_id)
) from public.visitors as v;
