-- An answer by e-mail: each recipient of a conversation has an address of their own, whose name is a signature.
create table private.reply_addresses (
  token_hash bytea primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid references public.profiles (id) on delete cascade,
  seen_seq integer not null,
  expires_at timestamptz not null,
  unique nulls not distinct (conversation_id, user_id)
);
comment on table private.reply_addresses is
  'Where answers by e-mail to a conversation come in. The token itself is kept nowhere: it is signed anew for each mail.';
comment on column private.reply_addresses.user_id is 'The operator to whom it was mailed; null: the visitor.';
comment on column private.reply_addresses.seen_seq is 'The newest message when it was mailed last: an answer knows no more than that.';
create index on private.reply_addresses (organization_id);
create index on private.reply_addresses (user_id);
alter table private.reply_addresses enable row level security;

create type app.mail_outcome as enum (
  'stored', 'noted', 'unknown', 'expired', 'refused', 'wrong_sender', 'automatic', 'empty', 'too_many'
);
comment on type app.mail_outcome is
  'What became of a mail that came in: a message, or a note because a colleague was faster; or why nothing was stored.';

create table private.inbound_mails (
  mail_key bytea primary key,
  organization_id uuid references public.organizations (id) on delete cascade,
  token_hash bytea not null,
  outcome app.mail_outcome not null,
  received_at timestamptz not null default now()
);
comment on table private.inbound_mails is
  'That a mail came in and what became of it, no word and no address of it: keeps a repeat from being stored twice, and counts.';
comment on column private.inbound_mails.mail_key is 'Hash of its Message-ID and the address it went to.';
comment on column private.inbound_mails.organization_id is 'Null: it went to an address that is none of ours.';
create index on private.inbound_mails (organization_id, received_at);
create index on private.inbound_mails (token_hash, received_at);
create index on private.inbound_mails (received_at);
alter table private.inbound_mails enable row level security;

-- security definer, all below: addresses, secrets and messages are private; jobs and the function inbound-mail call these.
create function app.reply_token(conversation_id uuid, user_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- 160 bits in letters that survive servers which write all names small; an address's name has 64 at most.
  return left(encode(extensions.hmac(
    'reply.' || reply_token.conversation_id || '.' || coalesce(reply_token.user_id::text, 'visitor'),
    (select s.value from private.settings as s where s.key = 'mail_secret'), 'sha256'
  ), 'hex'), 40);
end $$;
comment on function app.reply_token is 'The name of the address to which this recipient of a conversation answers.';

create function app.open_reply_address(conversation public.conversations, user_id uuid) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  token constant text := app.reply_token(conversation.id, open_reply_address.user_id);
begin
  insert into private.reply_addresses as known (token_hash, organization_id, conversation_id, user_id, seen_seq, expires_at)
  values (
    app.hash_secret(token), conversation.organization_id, conversation.id, open_reply_address.user_id,
    conversation.last_seq, now() + interval '60 days'
  )
  on conflict on constraint reply_addresses_conversation_id_user_id_key do update set
    token_hash = excluded.token_hash, expires_at = excluded.expires_at, seen_seq = greatest(known.seen_seq, excluded.seen_seq);
  return token;
end $$;
comment on function app.open_reply_address is
  'Lets a recipient answer by e-mail for 60 days more; answers the token of their address.';

create function app.reply_refusal(address private.reply_addresses, sender text) returns app.mail_outcome
language plpgsql stable security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  if address.token_hash is null then
    return 'unknown';
  elsif address.expires_at < now() then
    return 'expired';
  end if;
  select c.* into conversation from public.conversations as c
  join public.sites as s on s.id = c.site_id and s.archived_at is null
  where c.id = address.conversation_id;
  if conversation.id is null then
    return 'refused';
  elsif address.user_id is null then
    return case when app.visitor_blocked(conversation.visitor_id, conversation.site_id) then 'refused'::app.mail_outcome end;
  elsif not coalesce(app.works_on_site(address.user_id, conversation.site_id), false) then
    return 'refused';
  -- Who speaks for the team must at least claim to be that person: a forwarded mail carries the address along.
  elsif not exists (
    select from auth.users where users.id = address.user_id and lower(users.email) = lower(btrim(reply_refusal.sender))
  ) then
    return 'wrong_sender';
  end if;
  return null;
end $$;
comment on function app.reply_refusal is 'Why a mail to this address is not stored; null when nothing speaks against it.';

create function app.store_reply(address private.reply_addresses, mail_key bytea, parts text[], late_parts text[])
returns app.mail_outcome
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  called text;
  late boolean;
begin
  -- Under the lock that sends take: whoever answers meanwhile is seen.
  select * into conversation from public.conversations as c where c.id = address.conversation_id for no key update;
  late := address.user_id is not null and exists (
    select from public.messages as m
    where m.conversation_id = conversation.id and m.seq > address.seen_seq and m.visibility = 'public'
      and m.author_kind = 'operator' and m.author_id is distinct from address.user_id
  );
  called := case when address.user_id is null
    then (select v.name from public.visitors as v where v.id = conversation.visitor_id)
    else (select p.display_name from public.profiles as p where p.id = address.user_id) end;
  insert into public.messages (id, conversation_id, author_kind, author_id, author_name, visibility, body)
  select
    left(encode(extensions.digest(store_reply.mail_key || int4send(part.place::integer), 'sha256'), 'hex'), 32)::uuid,
    conversation.id, (case when address.user_id is null then 'visitor' else 'operator' end)::public.author_kind,
    coalesce(address.user_id, conversation.visitor_id), called,
    (case when late then 'team' else 'public' end)::public.message_visibility, app.clean_body(part.body)
  from unnest(case when late then late_parts else parts end) with ordinality as part (body, place)
  order by part.place;
  return case when late then 'noted' else 'stored' end;
end $$;
comment on function app.store_reply is
  'Writes an answer that came by e-mail. What a colleague was faster with becomes a note for the team (late_parts): nothing is posted over anybody, and nothing is lost.';

create function public.reply_recipient(token text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'kind', case when a.user_id is null then 'visitor' else 'operator' end,
      'language', app.mail_language(coalesce(p.language, v.language))
    )
    from private.reply_addresses as a
    join public.conversations as c on c.id = a.conversation_id
    join public.visitors as v on v.id = c.visitor_id
    left join public.profiles as p on p.id = a.user_id
    where a.token_hash = app.hash_secret(lower(reply_recipient.token))
  );
end $$;
comment on function public.reply_recipient is
  'For the function inbound-mail: ReplyRecipient behind the token of an address, whether or not they may still answer; null for an address that is none.';

create function public.receive_reply(
  token text, message_id text, sender text, parts text[], late_parts text[], refusal text default null
) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  hash constant bytea := app.hash_secret(lower(receive_reply.token));
  key constant bytea := extensions.digest(hash || convert_to(receive_reply.message_id, 'utf8'), 'sha256');
  address private.reply_addresses;
  outcome app.mail_outcome;
begin
  if receive_reply.token is null or receive_reply.message_id is null or cardinality(parts) > 5
    or cardinality(late_parts) > 5 or refusal not in ('automatic', 'empty')
  then
    perform app.refuse(422, 'invalid_input');
  end if;
  -- Two deliveries of one mail take turns, and so do mails to one address, which are counted below.
  perform pg_advisory_xact_lock(hashtextextended('reply:' || encode(hash, 'hex'), 0));
  if exists (select from private.inbound_mails as m where m.mail_key = key) then
    return 'repeated';
  end if;
  select * into address from private.reply_addresses as a where a.token_hash = hash;
  outcome := app.reply_refusal(address, receive_reply.sender);
  if outcome is null and refusal is not null then
    outcome := refusal::app.mail_outcome;
  -- Two machines that answer each other are stopped here, whatever their headers say.
  elsif outcome is null and 20 <= (
    select count(*) from private.inbound_mails as m where m.token_hash = hash and m.received_at > now() - interval '1 hour'
  ) then
    outcome := 'too_many';
  elsif outcome is null and cardinality(parts) = 0 then
    outcome := 'empty';
  end if;
  outcome := coalesce(outcome, app.store_reply(address, key, parts, late_parts));
  insert into private.inbound_mails (mail_key, organization_id, token_hash, outcome)
  values (key, address.organization_id, hash, outcome);
  if outcome in ('wrong_sender', 'expired', 'empty') and refusal is distinct from 'automatic' then
    -- Somebody believes to have answered. Told once a day, and only to whom the conversation was mailed.
    perform app.enqueue_job(
      'reply_refused',
      jsonb_build_object('conversation_id', address.conversation_id, 'user_id', address.user_id, 'reason', outcome),
      address.organization_id, 'reply_refused:' || encode(hash, 'hex') || ':' || current_date, priority => 4
    );
  end if;
  return outcome;
end $$;
comment on function public.receive_reply is
  'For the function inbound-mail: stores a mail that answers to a conversation, once, with the rights that its recipient has now. Answers an outcome, or `repeated`.';

create function public.reply_refused_mail(conversation_id uuid, user_id uuid, reason text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select app.mail_links() || jsonb_build_object(
      'to', coalesce(users.email, v.email), 'language', app.mail_language(case when users.id is null then v.language else p.language end),
      'time_zone', s.time_zone, 'site_name', s.name, 'reason', reply_refused_mail.reason,
      'page_url', case when users.id is null then app.return_page(s.allowed_origins, v.page_url) end,
      'conversation_id', case when users.id is not null then c.id end
    )
    from public.conversations as c
    join public.sites as s on s.id = c.site_id and s.archived_at is null
    join public.visitors as v on v.id = c.visitor_id
    left join auth.users on users.id = reply_refused_mail.user_id
    left join public.profiles as p on p.id = users.id
    where c.id = reply_refused_mail.conversation_id
      and app.wants_mail(c.organization_id, coalesce(users.email, v.email))
      and case when reply_refused_mail.user_id is null then not app.visitor_blocked(v.id, s.id)
        else app.works_on_site(reply_refused_mail.user_id, s.id) end
  );
end $$;
comment on function public.reply_refused_mail is
  'For the job reply_refused: ReplyRefusedMail to whom the conversation was mailed; null when they may not answer any more.';

create function app.forget_reply_address() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from private.reply_addresses as a where a.organization_id = old.organization_id and a.user_id = old.user_id;
  return null;
end $$;
comment on function app.forget_reply_address is 'Whoever leaves a team, and comes back later, does not find old mails in force.';
create trigger forget_reply_address after delete on public.memberships
for each row execute function app.forget_reply_address();

drop function public.offline_reply_mail;
create function public.offline_reply_mail(conversation_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  visitor public.visitors;
  site public.sites;
  lines jsonb;
begin
  select * into conversation from public.conversations as c where c.id = offline_reply_mail.conversation_id;
  select * into visitor from public.visitors as v where v.id = conversation.visitor_id;
  select * into site from public.sites as s where s.id = conversation.site_id and s.archived_at is null;
  if site.offline_reply_minutes is null or not app.wants_mail(site.organization_id, visitor.email)
    or app.visitor_blocked(visitor.id, site.id)
  then
    return null;
  end if;
  lines := app.mail_lines(conversation.id, app.offline_reply_told(conversation), 20, '{operator}');
  if lines = '[]' then
    return null;
  end if;
  return app.mail_links() || jsonb_build_object(
    'to', visitor.email, 'language', app.mail_language(visitor.language), 'time_zone', coalesce(visitor.time_zone, site.time_zone),
    'site_name', site.name, 'page_url', app.return_page(site.allowed_origins, visitor.page_url), 'lines', lines,
    'unsubscribe_token', app.unsubscribe_token(site.organization_id, 'visitor', visitor.id),
    'reply_token', app.open_reply_address(conversation, null)
  );
end $$;
comment on function public.offline_reply_mail is
  'For the job offline_reply: OfflineReplyMail with the answers that the visitor has not seen, to which they may answer by e-mail; null when there is nothing to send.';

drop function public.missed_chat_mail;
create function public.missed_chat_mail(conversation_id uuid, since timestamptz, user_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation constant public.conversations := app.missed_conversation(missed_chat_mail.conversation_id, missed_chat_mail.since);
  address constant text := (select users.email from auth.users where users.id = missed_chat_mail.user_id);
begin
  if conversation.id is null or not app.works_on_site(missed_chat_mail.user_id, conversation.site_id)
    or not app.wants_mail(conversation.organization_id, address)
  then
    return null;
  end if;
  return app.mail_links() || (
    select jsonb_build_object(
      'to', address, 'language', app.mail_language(p.language), 'time_zone', coalesce(p.time_zone, s.time_zone),
      'site_name', s.name, 'visitor_name', v.name, 'conversation_id', conversation.id, 'since', conversation.waiting_since,
      'lines', app.mail_lines(conversation.id, 0, 20, '{visitor,operator,bot}'),
      'unsubscribe_token', app.unsubscribe_token(s.organization_id, 'member', p.id),
      'reply_token', app.open_reply_address(conversation, p.id)
    )
    from public.sites as s
    join public.visitors as v on v.id = conversation.visitor_id
    join public.profiles as p on p.id = missed_chat_mail.user_id
    where s.id = conversation.site_id
  );
end $$;
comment on function public.missed_chat_mail is
  'For the job missed_chat_mail: MissedChatMail for one operator, who may answer by e-mail; null when it need not be sent any more.';

revoke execute on function
  public.reply_recipient, public.receive_reply, public.reply_refused_mail, public.offline_reply_mail, public.missed_chat_mail
from public, anon, authenticated;
grant execute on function
  public.reply_recipient, public.receive_reply, public.reply_refused_mail, public.offline_reply_mail, public.missed_chat_mail
to service_role;
