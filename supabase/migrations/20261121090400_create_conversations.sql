create type public.conversation_status as enum ('open', 'closed');
create type public.conversation_handler as enum ('team', 'bot');
create type public.author_kind as enum ('visitor', 'operator', 'bot', 'system');
create type public.message_visibility as enum ('public', 'team');

create table public.conversations (
  id uuid primary key,
  organization_id uuid not null,
  site_id uuid not null,
  visitor_id uuid not null,
  status public.conversation_status not null default 'open',
  channel text not null default 'widget' check (channel in ('widget')),
  handler public.conversation_handler not null default 'team',
  assignee_id uuid references public.profiles (id) on delete set null,
  last_seq integer not null default 0 check (last_seq >= 0),
  last_message_at timestamptz not null default clock_timestamp(),
  last_message_preview text not null default '',
  last_author_kind public.author_kind not null default 'visitor',
  waiting_since timestamptz,
  visitor_message_count integer not null default 0,
  visitor_read_seq integer not null default 0,
  team_read_seq integer not null default 0,
  changed_xid xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  foreign key (visitor_id, site_id) references public.visitors (id, site_id) on delete cascade,
  unique (id, organization_id, site_id)
);
comment on table public.conversations is 'A thread between one visitor and the team; carries what the list shows.';
comment on column public.conversations.last_seq is 'Newest seq; the next message takes last_seq + 1 under this row''s lock.';
comment on column public.conversations.waiting_since is 'Since when the visitor waits for the team; null when the team spoke last.';
comment on column public.conversations.changed_xid is
  'Transaction of the newest change. All transactions below a snapshot''s xmin are decided, so "changed_xid >= xmin of the last read" misses nothing, whatever the order of commits.';
create index on public.conversations (site_id, status, last_message_at desc, id desc);
create index on public.conversations (site_id, changed_xid);
create index on public.conversations (visitor_id, created_at desc);
create index on public.conversations (organization_id);
create index on public.conversations (assignee_id);

create table public.messages (
  id uuid primary key,
  organization_id uuid not null,
  site_id uuid not null,
  conversation_id uuid not null,
  seq integer not null check (seq > 0),
  author_kind public.author_kind not null,
  author_id uuid,
  author_name text check (char_length(author_name) between 1 and 120),
  visibility public.message_visibility not null default 'public',
  body text not null check (char_length(body) between 1 and 4000),
  created_at timestamptz not null default clock_timestamp(),
  edited_at timestamptz,
  redacted_at timestamptz,
  unique (conversation_id, seq),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade,
  check (author_kind = 'operator' or visibility = 'public')
);
comment on table public.messages is 'What was written, in the order of seq.';
comment on column public.messages.id is 'Made by the client (UUIDv7): the idempotency key of the send.';
comment on column public.messages.seq is '1, 2, 3 … per conversation, in the order of commits, without holes.';
comment on column public.messages.visibility is 'team: a private note, never shown to the visitor.';
create index on public.messages (site_id);
create index on public.messages (organization_id);

create table public.conversation_reads (
  conversation_id uuid not null,
  organization_id uuid not null,
  site_id uuid not null,
  reader_kind public.author_kind not null check (reader_kind in ('visitor', 'operator')),
  reader_id uuid not null,
  last_read_seq integer not null check (last_read_seq >= 0),
  read_visitor_count integer not null check (read_visitor_count >= 0),
  updated_at timestamptz not null default now(),
  primary key (conversation_id, reader_id),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade
);
comment on table public.conversation_reads is 'How far each reader has read; positions only advance.';
comment on column public.conversation_reads.read_visitor_count is
  'Visitor messages up to last_read_seq: unread = conversations.visitor_message_count minus this.';
create index on public.conversation_reads (site_id);
create index on public.conversation_reads (organization_id);

-- security definer: a policy on messages must not run the policies of conversations for each row.
create function app.my_visitor_conversation_ids() returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select conversations.id from public.conversations
  where conversations.visitor_id = app.visitor_claim('visitor_id')
    and conversations.site_id = app.visitor_claim('site_id')
$$;
comment on function app.my_visitor_conversation_ids is 'Conversations of the visitor who calls; nothing for anybody else.';
grant execute on function app.my_visitor_conversation_ids to anon;

alter table public.conversations enable row level security;
alter table public.messages enable row level security;
alter table public.conversation_reads enable row level security;

grant select on public.conversations, public.messages, public.conversation_reads to authenticated;
grant
  select (id, status, created_at, last_seq, visitor_read_seq, team_read_seq, visitor_id, site_id)
on public.conversations to anon;
grant select on public.messages to anon;

create policy "operators read the conversations of their sites" on public.conversations
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

create policy "visitors read their own conversations" on public.conversations
for select to anon
using (id = any (array(select app.my_visitor_conversation_ids())));

create policy "operators read the messages of their sites" on public.messages
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

create policy "visitors read their own messages without private notes" on public.messages
for select to anon
using (visibility = 'public' and conversation_id = any (array(select app.my_visitor_conversation_ids())));

create policy "operators read who has read on their sites" on public.conversation_reads
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));
