create table public.message_mentions (
  message_id uuid not null references public.messages (id) on delete cascade,
  user_id uuid not null,
  organization_id uuid not null,
  site_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (message_id, user_id),
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade,
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade
);
comment on table public.message_mentions is 'Which colleagues a private note names; each of them is notified.';
create index on public.message_mentions (organization_id, user_id);
create index on public.message_mentions (site_id, organization_id);

alter table public.message_mentions enable row level security;
grant select on public.message_mentions to authenticated;
create policy "operators read the mentions of their sites" on public.message_mentions
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer: nobody but triggers and functions notifies.
create function app.notify_mentioned() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  note public.messages;
begin
  select * into note from public.messages as m where m.id = new.message_id;
  -- No text in it: what the note says is read in the conversation, and goes with it.
  perform app.notify_member(
    new.organization_id, new.user_id, 'mention', 'mention:' || new.message_id, note.conversation_id,
    jsonb_build_object(
      'message_id', note.id, 'seq', note.seq, 'author_id', note.author_id, 'author_name', note.author_name
    )
  );
  return null;
end $$;
comment on function app.notify_mentioned is 'Whoever a note names hears of it once.';

create trigger notify_mentioned after insert on public.message_mentions
for each row execute function app.notify_mentioned();

-- security definer: who works where is private; only colleagues of the caller's own sites are told.
create function public.list_site_team(site_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(theirs.user_id order by theirs.user_id), '[]')
    from private.site_access as theirs
    where theirs.site_id = list_site_team.site_id and theirs.site_id = any (array(select app.my_site_ids()))
  );
end $$;
comment on function public.list_site_team is
  'Ids of everybody who works on the site and may be named in its notes; none of a site that is not the caller''s.';
grant execute on function public.list_site_team to authenticated;

drop function public.send_operator_message;
-- security definer: operators have no right to write tables; the rules of the send are here.
create function public.send_operator_message(
  message_id uuid, conversation_id uuid, body text, seen_seq integer,
  visibility public.message_visibility default 'public',
  attachment_ids uuid[] default '{}', reply_to_seq integer default null, quick_replies jsonb default '[]',
  mention_ids uuid[] default '{}'
) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  stored public.messages;
  cleaned text := app.clean_body(body, cardinality(attachment_ids) > 0);
  replies jsonb := app.clean_quick_replies(quick_replies);
  named uuid[] := coalesce(mention_ids, '{}');
  author uuid := (select auth.uid());
begin
  if message_id is null or seen_seq is null or visibility is null or (visibility = 'team' and replies <> '[]')
    or (visibility = 'public' and named <> '{}') or cardinality(named) > 50
  then
    perform app.refuse(422, 'invalid_input');
  end if;
  conversation := app.lock_my_conversation(conversation_id);
  if exists (select from public.messages as m where m.id = send_operator_message.message_id) then
    return app.stored_message(message_id, conversation_id, author);
  end if;
  -- One's own messages do not make a reply stale: they may stand in the same outbox. A note answers nobody.
  if visibility = 'public' and conversation.last_seq > seen_seq and exists (
    select from public.messages as m
    where m.conversation_id = conversation.id and m.seq > send_operator_message.seen_seq
      and m.author_id is distinct from author and m.author_kind <> 'system'
  ) then
    perform app.refuse(409, 'stale_reply', jsonb_build_object('last_seq', conversation.last_seq));
  end if;
  insert into public.messages (
    id, conversation_id, author_kind, author_id, author_name, visibility, body, attachments, reply_to_seq, quick_replies
  )
  select message_id, conversation.id, 'operator', author, profiles.display_name, send_operator_message.visibility, cleaned,
    case when cardinality(attachment_ids) > 0 then app.claim_attachments(conversation.id, author, attachment_ids) else '[]' end,
    send_operator_message.reply_to_seq, replies
  from public.profiles where profiles.id = author
  -- An id that another conversation took meanwhile: as in send_visitor_message.
  on conflict on constraint messages_pkey do nothing
  returning * into stored;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  if named <> '{}' then
    -- Whoever may not see the conversation is left out: they may have gone while the note was under way.
    insert into public.message_mentions (message_id, user_id, organization_id, site_id)
    select stored.id, theirs.user_id, conversation.organization_id, conversation.site_id
    from private.site_access as theirs
    where theirs.site_id = conversation.site_id and theirs.user_id = any (named) and theirs.user_id <> author;
  end if;
  return stored;
end $$;
comment on function public.send_operator_message is
  'Stores an operator''s message once per message_id; a reply is refused with stale_reply when somebody else wrote after seen_seq. A note (visibility team) notifies those of mention_ids who work on the site.';
grant execute on function public.send_operator_message to authenticated;
