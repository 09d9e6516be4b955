create table public.message_reactions (
  message_id uuid not null references public.messages (id) on delete cascade,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  site_id uuid not null,
  reactor_kind public.author_kind not null check (reactor_kind in ('visitor', 'operator')),
  reactor_id uuid not null,
  -- Pictographs with what joins and colours them: never a letter, so never markup.
  emoji text not null check (
    char_length(emoji) between 1 and 16
    and emoji ~ '^[\u00a9\u00ae\u200d\u203c-\u3299\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]+$'
  ),
  created_at timestamptz not null default clock_timestamp(),
  primary key (message_id, reactor_id, emoji),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade
);
comment on table public.message_reactions is 'Who reacted to a message with what; messages.reactions shows them together.';
create index on public.message_reactions (site_id);
create index on public.message_reactions (organization_id);

alter table public.message_reactions enable row level security;
grant select on public.message_reactions to authenticated;
create policy "operators read the reactions of their sites" on public.message_reactions
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer, all below: nobody but functions writes messages; who may change which is decided here.
create function app.lock_my_message(message_id uuid) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  found_at uuid;
  message public.messages;
begin
  if app.visitor_claim('visitor_id') is not null then
    perform app.refuse_blocked();
  end if;
  -- The conversation first, as every send does.
  select c.id into found_at
  from public.messages as m join public.conversations as c on c.id = m.conversation_id
  where m.id = lock_my_message.message_id
    and case when app.visitor_claim('visitor_id') is null
      then c.site_id = any (array(select app.my_site_ids()))
      else m.visibility = 'public' and c.id = any (array(select app.my_visitor_conversation_ids())) end
  for no key update of c;
  if not found then
    perform app.refuse(404, 'message_not_found');
  end if;
  select * into message from public.messages as m where m.id = lock_my_message.message_id;
  return message;
end $$;
comment on function app.lock_my_message is 'A message that the caller reads, its conversation locked; or refuses.';

create function app.wrote_it(message public.messages) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select message.author_id = coalesce(app.visitor_claim('visitor_id'), (select auth.uid()))
    and message.author_kind = case when app.visitor_claim('visitor_id') is null then 'operator' else 'visitor' end::public.author_kind
$$;

create function public.edit_message(message_id uuid, body text) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  message public.messages := app.lock_my_message(message_id);
  cleaned text := app.clean_body(body, message.attachments <> '[]');
begin
  if not app.wrote_it(message) then
    perform app.refuse(403, 'forbidden');
  end if;
  if message.redacted_at is not null then
    perform app.refuse(409, 'message_redacted');
  end if;
  if message.body = cleaned then
    return message;
  end if;
  if message.created_at < now() - interval '15 minutes' then
    perform app.refuse(409, 'edit_window_closed', '{"minutes": 15}');
  end if;
  update public.messages as m set body = cleaned, edited_at = now() where m.id = message.id returning m.* into message;
  return message;
end $$;
comment on function public.edit_message is
  'Replaces the text of the caller''s own message within 15 minutes; a repeat changes nothing. Returns the row.';

create function public.redact_message(message_id uuid) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  message public.messages := app.lock_my_message(message_id);
begin
  if message.redacted_at is not null then
    return message;
  end if;
  if app.visitor_claim('visitor_id') is not null then
    if not app.wrote_it(message) then
      perform app.refuse(403, 'forbidden');
    elsif message.created_at < now() - interval '15 minutes' then
      perform app.refuse(409, 'edit_window_closed', '{"minutes": 15}');
    end if;
  elsif not app.wrote_it(message) and message.site_id <> all (array(select app.my_site_ids('admin'))) then
    perform app.refuse(403, 'forbidden');
  end if;
  delete from public.message_reactions as r where r.message_id = message.id;
  delete from public.attachments as a where a.message_id = message.id;
  update public.messages as m set body = '', attachments = '[]', reactions = '{}', redacted_at = now()
  where m.id = message.id returning m.* into message;
  perform app.forget_broadcasts(message.site_id, array[message.conversation_id], message.created_at, message.id);
  return message;
end $$;
comment on function public.redact_message is
  'Takes a message''s text, files and reactions away for good: one''s own (visitors: within 15 minutes), admins any of their sites. The row stays, so that seq has no holes.';

create function app.forget_broadcasts(site_id uuid, conversation_ids uuid[], since timestamptz, message_id uuid default null) returns void
language sql volatile security definer set search_path = ''
as $$
  delete from realtime.messages as old
  where old.extension = 'broadcast' and old.private
    and old.topic = any (
      array(select 'conversation:' || id from unnest(conversation_ids) as id)
      || array(select 'conversation:' || id || ':team' from unnest(conversation_ids) as id)
      || array['inbox:' || forget_broadcasts.site_id]
    )
    and case
      when old.topic like 'inbox:%'
        then coalesce(old.payload ->> 'conversation_id', old.payload ->> 'id') = any (conversation_ids::text[])
      else forget_broadcasts.message_id is null or old.payload ->> 'id' = forget_broadcasts.message_id::text
    end
    -- Not read from the beginning: nothing was said before, but a transaction may have begun a while before its message.
    and old.inserted_at >= timezone('utc', forget_broadcasts.since - interval '1 hour')
    -- What this transaction itself sends must still go out.
    and old.inserted_at < timezone('utc', now())
$$;
comment on function app.forget_broadcasts is
  'Removes what Realtime keeps for a few days of conversations of one site, or of one message, from its table.';

create function public.react_to_message(message_id uuid, emoji text, on_message boolean default true) returns public.messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  message public.messages := app.lock_my_message(message_id);
  visitor uuid := app.visitor_claim('visitor_id');
  reactor uuid := coalesce(visitor, (select auth.uid()));
begin
  if message.redacted_at is not null or message.author_kind = 'system' then
    perform app.refuse(409, 'message_redacted');
  end if;
  if emoji is null or on_message is null then
    perform app.refuse(422, 'invalid_input');
  end if;
  if on_message then
    if (
      select (count(*) filter (where r.reactor_id = reactor) >= 10 or count(distinct r.emoji) >= 30)
        and not bool_or((r.reactor_id, r.emoji) = (reactor, react_to_message.emoji))
      from public.message_reactions as r where r.message_id = message.id
    ) then
      perform app.refuse(422, 'too_many_reactions');
    end if;
    insert into public.message_reactions (message_id, organization_id, site_id, reactor_kind, reactor_id, emoji)
    values (
      message.id, message.organization_id, message.site_id,
      case when visitor is null then 'operator' else 'visitor' end::public.author_kind, reactor, react_to_message.emoji
    )
    on conflict do nothing;
  else
    delete from public.message_reactions as r
    where r.message_id = message.id and r.reactor_id = reactor and r.emoji = react_to_message.emoji;
  end if;
  if found then
    update public.messages as m set reactions = (
      select coalesce(jsonb_object_agg(shown.emoji, shown.reactors), '{}')
      from (
        select r.emoji, jsonb_agg(r.reactor_id order by r.created_at, r.reactor_id) as reactors
        from public.message_reactions as r where r.message_id = message.id group by r.emoji
      ) as shown
    )
    where m.id = message.id returning m.* into message;
  end if;
  return message;
exception when check_violation then
  perform app.refuse(422, 'invalid_input', '{"argument": "emoji"}');
end $$;
comment on function public.react_to_message is
  'Puts the caller''s emoji on a message it reads, or takes it back; a repeat changes nothing. Returns the row.';

grant execute on function public.edit_message, public.redact_message, public.react_to_message to anon, authenticated;
