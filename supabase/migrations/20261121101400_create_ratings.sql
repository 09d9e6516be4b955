create table public.ratings (
  conversation_id uuid primary key,
  organization_id uuid not null,
  site_id uuid not null,
  operator_id uuid references public.profiles (id) on delete set null,
  score smallint not null check (score between 1 and 5),
  comment text check (char_length(comment) between 1 and 2000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade
);
comment on table public.ratings is 'What the visitor thought of a conversation (CSAT), 1 to 5.';
comment on column public.ratings.operator_id is 'Who answered last before the rating.';
create index on public.ratings (site_id, created_at);
create index on public.ratings (organization_id);
create index on public.ratings (operator_id);

create trigger touch_updated_at before update on public.ratings
for each row execute function app.touch_updated_at();

-- security definer: nobody but triggers writes conversations.
create function app.mark_conversation_rated() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c set changed_xid = pg_current_xact_id() where c.id = new.conversation_id;
  return null;
end $$;

create trigger mark_conversation_rated after insert or update on public.ratings
for each row execute function app.mark_conversation_rated();

alter table public.ratings enable row level security;
grant select on public.ratings to authenticated;

create policy "operators read the ratings of their sites" on public.ratings
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer: visitors have no right to write tables; the rule of the rating is here.
create function public.rate_conversation(conversation_id uuid, score integer, comment text default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  said text := nullif(btrim(rate_conversation.comment), '');
begin
  if rate_conversation.score is null or rate_conversation.score not between 1 and 5 or char_length(said) > 2000 then
    perform app.refuse(422, 'invalid_input');
  end if;
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  select * into conversation from public.conversations as c
  where c.id = rate_conversation.conversation_id and c.id = any (array(select app.my_visitor_conversation_ids()));
  if conversation.id is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  perform app.take_token('rating:' || app.visitor_claim('visitor_id'), 20, 10);
  insert into public.ratings as known (conversation_id, organization_id, site_id, operator_id, score, comment)
  values (
    conversation.id, conversation.organization_id, conversation.site_id,
    (
      select p.id from public.messages as m join public.profiles as p on p.id = m.author_id
      where m.conversation_id = conversation.id and m.author_kind = 'operator' and m.visibility = 'public'
      order by m.seq desc limit 1
    ),
    rate_conversation.score, said
  )
  on conflict on constraint ratings_pkey do update set score = excluded.score, comment = excluded.comment
  where (known.score, known.comment) is distinct from (excluded.score, excluded.comment);
  return jsonb_build_object('conversation_id', conversation.id, 'score', rate_conversation.score, 'comment', said);
end $$;
comment on function public.rate_conversation is
  'The visitor''s rating of an own conversation, 1 to 5; a later one takes the place of the earlier.';
grant execute on function public.rate_conversation to anon;
