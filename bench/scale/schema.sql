-- The loader's own notes and helpers, in a schema of their own beside the product's.
create schema if not exists scale;

create table scale.sites (
  organization integer not null,
  place integer not null,
  language text not null,
  id uuid not null,
  organization_id uuid not null,
  primary key (organization, place)
);
create table scale.operators (
  organization integer not null,
  place integer not null,
  id uuid not null,
  name text not null,
  primary key (organization, place)
);
create table scale.pieces (
  language text not null,
  author_kind public.author_kind not null,
  place integer not null,
  body text not null,
  words text[] not null,
  primary key (language, author_kind, place)
);
create table scale.names (language text not null, place integer not null, name text not null, primary key (language, place));
create table scale.indexes (name text primary key, on_table regclass not null, drop_with text not null, make_with text not null);
create table scale.chunks (number integer primary key, conversations integer not null, messages integer not null);
create table scale.steps (name text primary key, value text);

-- As clients make them: sorted by time.
create function scale.uuidv7(at timestamptz) returns uuid
language sql volatile
as $$
  select overlay(
    overlay(md5(random()::text) placing '8' from 17 for 1)
    placing lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' from 1 for 13
  )::uuid
$$;

-- Conversations `first` … `first + many - 1` of `total`, which began one after another within a year before `until`.
create procedure scale.load_chunk(
  number integer, first integer, many integer, total integer, organizations integer, until timestamptz
)
language plpgsql
set work_mem = '256MB' set jit = off
as $$
declare
  pieces constant jsonb := (
    select jsonb_object_agg(language || author_kind, places)
    from (select language, author_kind, count(*) as places from scale.pieces group by 1, 2) as counted
  );
  names constant integer := (select count(*) from scale.names where language = 'uk');
  step constant interval := interval '360 days' / total;
begin
  perform setseed(number / 10000.0);

  create temporary table conv on commit drop as
  select
    draw.*, site.id as site_id, site.organization_id, site.language,
    operator.id as operator_id, operator.name as operator_name,
    scale.uuidv7(draw.at) as id, scale.uuidv7(draw.at) as visitor_id,
    case when draw.named < 0.6 then name.name end as visitor_name
  from (
    select
      g, until - interval '361 days' + g * step as at,
      -- A few organisations have most of the conversations.
      floor(organizations * power(random(), 3))::integer as organization,
      power(random(), 2) as site_draw, random() as operator_draw, random() as named, random() as fate,
      case when random() < 0.0002 then 2000 else 1 + floor(-ln(1 - random()) * 9.2)::integer end as length
    from generate_series(first, first + many - 1) as g
  ) as draw
  join lateral (
    select s.* from scale.sites as s where s.organization = draw.organization
    order by s.place offset floor(draw.site_draw * (select count(*) from scale.sites as c where c.organization = draw.organization)) limit 1
  ) as site on true
  join lateral (
    select o.* from scale.operators as o where o.organization = draw.organization
    order by o.place offset floor(draw.operator_draw * (select count(*) from scale.operators as c where c.organization = draw.organization)) limit 1
  ) as operator on true
  join scale.names as name on name.language = site.language and name.place = draw.g % names;

  create temporary table said on commit drop as
  select
    line.*, first_piece.body || coalesce(' ' || second_piece.body, '') || coalesce(' #' || line.order_number, '') as body,
    first_piece.words || coalesce(second_piece.words, '{}') || case when line.order_number is null then '{}'::text[] else array[line.order_number::text] end as words
  from (
    select
      spoken.*,
      floor(random() * (pieces ->> (spoken.language || spoken.author_kind))::integer)::integer as one,
      case when random() < 0.4 then floor(random() * (pieces ->> (spoken.language || spoken.author_kind))::integer)::integer end as two,
      case when random() < 0.06 then 10000 + floor(random() * 90000)::integer end as order_number
    from (
      select
        conv.id as conversation_id, conv.site_id, conv.organization_id, conv.language, conv.visitor_id, conv.visitor_name,
        conv.operator_id, conv.operator_name, seq,
        conv.at + seq * interval '70 seconds' + random() * interval '60 seconds' as at,
        (case when seq = 1 or random() < 0.5 then 'visitor' else 'operator' end)::public.author_kind as author_kind,
        random() < 0.05 as note
      from conv cross join lateral generate_series(1, conv.length) as seq
    ) as spoken
  ) as line
  join scale.pieces as first_piece
    on first_piece.language = line.language and first_piece.author_kind = line.author_kind and first_piece.place = line.one
  left join scale.pieces as second_piece
    on second_piece.language = line.language and second_piece.author_kind = line.author_kind and second_piece.place = line.two;

  create temporary table message on commit drop as
  select scale.uuidv7(at) as id, said.*,
    (case when note and author_kind = 'operator' then 'team' else 'public' end)::public.message_visibility as visibility
  from said order by at;
  create index on message (conversation_id, seq);
  analyze conv;
  analyze message;

  insert into public.visitors (id, organization_id, site_id, name, email, language, time_zone, page_url, created_at, last_seen_at)
  select
    visitor_id, organization_id, site_id, visitor_name,
    case when fate < 0.3 then 'visitor' || g || '@example.com' end, language, 'Europe/Kyiv',
    'https://shop.example/products/' || g % 997, at, at
  from conv;

  insert into public.messages (
    id, organization_id, site_id, conversation_id, seq, author_kind, author_id, author_name, visibility, body, created_at
  )
  select
    id, organization_id, site_id, conversation_id, seq, author_kind,
    case author_kind when 'visitor' then visitor_id else operator_id end,
    case author_kind when 'visitor' then visitor_name else operator_name end,
    visibility, body, at
  from message order by at;

  -- The columns that triggers keep: what `verify` proves on a sample.
  insert into public.conversations (
    id, organization_id, site_id, visitor_id, status, assignee_id, last_seq, last_message_at, last_message_preview,
    last_author_kind, waiting_since, visitor_message_count, visitor_read_seq, team_read_seq, created_at, updated_at, closed_at
  )
  select
    conv.id, conv.organization_id, conv.site_id, conv.visitor_id,
    case when ended.closed then 'closed' else 'open' end::public.conversation_status,
    case when sums.answers > 0 then conv.operator_id end,
    conv.length, newest.at, left(regexp_replace(newest.body, '\s+', ' ', 'g'), 140), newest.author_kind,
    case when not ended.closed then (
      select min(m.at) from message as m
      where m.conversation_id = conv.id and m.author_kind = 'visitor' and m.seq > sums.last_answer
    ) end,
    sums.questions,
    case when conv.named < 0.8 then sums.last_answer else 0 end,
    case when ended.closed or conv.named < 0.5 then conv.length else sums.last_answer end,
    conv.at, ended.at, case when ended.closed then ended.at end
  from conv
  join (
    select
      conversation_id, max(at) as at, count(*) filter (where author_kind = 'visitor')::integer as questions,
      count(*) filter (where author_kind = 'operator') as answers,
      coalesce(max(seq) filter (where author_kind = 'operator' and visibility = 'public'), 0) as last_answer,
      max(seq) filter (where visibility = 'public') as last_public
    from message group by conversation_id
  ) as sums on sums.conversation_id = conv.id
  join message as newest on newest.conversation_id = conv.id and newest.seq = sums.last_public
  cross join lateral (
    select
      -- Of the newest month many are open, of older ones hardly any.
      conv.fate > case when conv.at > until - interval '30 days' then 0.5 else 0.005 end as closed,
      sums.at + interval '10 minutes' as at
  ) as ended;

  insert into public.conversation_reads (
    conversation_id, organization_id, site_id, reader_kind, reader_id, last_read_seq, read_visitor_count, updated_at
  )
  select
    c.id, c.organization_id, c.site_id, reader.kind, reader.id, reader.seq,
    (select count(*) from message as m where m.conversation_id = c.id and m.author_kind = 'visitor' and m.seq <= reader.seq),
    c.updated_at
  from conv join public.conversations as c on c.id = conv.id
  cross join lateral (
    values
      ('operator'::public.author_kind, conv.operator_id, c.team_read_seq),
      ('visitor', c.visitor_id, c.visitor_read_seq)
  ) as reader (kind, id, seq)
  where reader.seq > 0;

  insert into private.search_entries (id, site_id, happened_at, words)
  select m.id, m.site_id, m.at,
    array_to_tsvector(array(select tag.tag || word from unnest(m.words) as word))
  from message as m
  join (select id, app.search_tag(id) as tag from (select distinct site_id as id from conv) as sites) as tag on tag.id = m.site_id;
  insert into private.search_entries (id, site_id, happened_at, words)
  select v.id, v.site_id, v.last_seen_at,
    app.search_vector(v.site_id, app.search_words(concat_ws(' ', v.name, v.email, v.external_id)))
  from conv join public.visitors as v on v.id = conv.visitor_id
  where v.name is not null or v.email is not null;

  insert into private.search_words (site_id, word)
  select distinct found.site_id, found.word from (
    select spoken.site_id, word
    from (
      select distinct site_id, language, author_kind, place
      from message cross join lateral (values (one), (two)) as used (place) where place is not null
    ) as spoken
    join scale.pieces as p using (language, author_kind, place) cross join lateral unnest(p.words) as word
    union all
    select site_id, order_number::text from message where order_number is not null
    union all
    select conv.site_id, word from conv join public.visitors as v on v.id = conv.visitor_id
    cross join lateral unnest(app.search_words(concat_ws(' ', v.name, v.email))) as word
  ) as found
  order by 1, 2
  on conflict do nothing;

  insert into scale.chunks select number, many, count(*) from message;
  drop table conv, said, message;
end $$;
