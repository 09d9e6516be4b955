-- Two visitors that are one person are linked, not moved into one another. What a browser is shown follows from the
-- visitor in its token, so its widget keeps its conversations and sees nobody else's, whatever the team believes: a typed
-- e-mail or an operator's mistake never opens somebody's history, and neither does a signed identity, which proves that
-- account and no other. The team sees one person; taking apart restores exactly what was before.
alter table public.visitors
  add column merged_into uuid,
  add column person_id uuid,
  add constraint visitors_merged_into_fkey foreign key (merged_into, site_id)
    references public.visitors (id, site_id) on delete set null (merged_into),
  add constraint visitors_person_id_fkey foreign key (person_id, site_id)
    references public.visitors (id, site_id) on delete set null (person_id),
  add constraint visitors_person_id_check check (person_id <> id);
comment on column public.visitors.merged_into is 'The visitor with whom the team has merged this one; null for most.';
comment on column public.visitors.person_id is 'Whom the team sees for this visitor: the end of the chain of merged_into; null when it is the visitor itself.';
create index on public.visitors (merged_into, site_id);
create index on public.visitors (person_id, site_id);

create function app.phone_key(phone text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  digits constant text := regexp_replace(phone, '\D', '', 'g');
begin
  return case when char_length(digits) >= 7 then right(digits, 9) end;
end $$;
comment on function app.phone_key is 'The last nine digits, so that a number with and without its country is the same; null for what is too short.';
create index on public.visitors (site_id, lower(email)) where email is not null;
create index on public.visitors (site_id, app.phone_key(phone)) where phone is not null;

-- security definer, both: asked for callers who may not read visitors.
create function app.person_of(visitor_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((select v.person_id from public.visitors as v where v.id = person_of.visitor_id), person_of.visitor_id);
end $$;
comment on function app.person_of is 'Whom the team sees for a visitor: itself unless it was merged.';

create function app.person_visitor_ids(visitor_id uuid) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
  person constant uuid := app.person_of(person_visitor_ids.visitor_id);
begin
  return array(select v.id from public.visitors as v where v.person_id = person) || person;
end $$;
comment on function app.person_visitor_ids is 'All visitors that the team sees as one person with this one, itself included.';

create or replace view app.inbox_conversations with (security_invoker = true) as
select
  conversations.id,
  conversations.organization_id,
  conversations.site_id,
  conversations.visitor_id,
  coalesce(person.name, visitors.name) as visitor_name,
  coalesce(person.email, visitors.email) as visitor_email,
  -- Of the browser that writes here: a merge verifies nobody.
  visitors.verified as visitor_verified,
  conversations.status,
  conversations.assignee_id,
  conversations.last_seq,
  conversations.last_message_at,
  conversations.last_message_preview,
  conversations.last_author_kind,
  conversations.waiting_since,
  conversations.visitor_message_count,
  conversations.visitor_read_seq,
  conversations.team_read_seq,
  conversations.created_at,
  conversations.updated_at,
  array(
    select conversation_labels.label_id from public.conversation_labels
    where conversation_labels.conversation_id = conversations.id
    order by conversation_labels.label_id
  ) as label_ids,
  conversations.priority,
  conversations.snoozed_until,
  conversations.close_reason,
  conversations.last_change_seq,
  conversations.team_site_id,
  conversations.reply_warn_at,
  conversations.reply_due_at,
  conversations.queued_at,
  array(
    select conversation_followers.user_id from public.conversation_followers
    where conversation_followers.conversation_id = conversations.id
    order by conversation_followers.created_at, conversation_followers.user_id
  ) as follower_ids,
  coalesce(visitors.person_id, visitors.id) as person_id
from public.conversations
join public.visitors on visitors.id = conversations.visitor_id
left join public.visitors as person on person.id = visitors.person_id;

-- security definer: nobody but triggers and functions writes conversations and events.
create function app.announce_person(visitor_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed record;
begin
  for changed in
    update public.conversations as c set changed_xid = pg_current_xact_id()
    where c.visitor_id = any (app.person_visitor_ids(announce_person.visitor_id))
    returning c.id, c.visitor_id
  loop
    perform realtime.send(
      jsonb_build_object('visitor_id', changed.visitor_id), 'visitor_changed', 'conversation:' || changed.id || ':team', true
    );
  end loop;
end $$;
comment on function app.announce_person is 'The list and the open cards of a person''s conversations hear that something about it changed.';

create or replace function app.announce_visitor() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.announce_person(new.id);
  return null;
end $$;
drop trigger announce_visitor on public.visitors;
create trigger announce_visitor after update of name, email, phone, answers, note on public.visitors
for each row when (
  (old.name, old.email, old.phone, old.answers, old.note) is distinct from (new.name, new.email, new.phone, new.answers, new.note)
)
execute function app.announce_visitor();

-- Colleagues are told the name that the list shows.
create or replace function app.notification_view(notification public.notifications) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'id', notification.id, 'kind', notification.kind, 'event', app.notification_event(notification.kind, notification.payload),
      'channels', notification.channels, 'organization_id', notification.organization_id, 'site_id', notification.site_id,
      'conversation_id', notification.conversation_id, 'round', app.notification_round(notification.payload),
      'count', coalesce((notification.payload ->> 'count')::integer, 1),
      'created_at', notification.created_at, 'told_at', notification.told_at, 'read_at', notification.read_at,
      'visitor_name', coalesce(person.name, v.name),
      'actor_name', coalesce(p.display_name, notification.payload ->> 'author_name'),
      'rule_name', notification.payload ->> 'name',
      'preview', case when m.redacted_at is null then left(regexp_replace(m.body, '\s+', ' ', 'g'), 140) end
    )
    from (values (1)) as one
    left join public.conversations as c on c.id = notification.conversation_id
    left join public.visitors as v on v.id = c.visitor_id
    left join public.visitors as person on person.id = v.person_id
    left join public.messages as m
      on m.conversation_id = c.id and m.seq = app.notification_round(notification.payload)
    left join public.profiles as p on p.id = (notification.payload ->> 'author_id')::uuid
  );
end $$;

create or replace function public.missed_chat_mail(conversation_id uuid, since timestamptz, user_id uuid) returns jsonb
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
      'site_name', s.name, 'visitor_name', coalesce(person.name, v.name), 'conversation_id', conversation.id, 'since', conversation.waiting_since,
      'lines', app.mail_lines(conversation.id, 0, 20, '{visitor,operator,bot}'),
      'unsubscribe_token', app.unsubscribe_token(s.organization_id, 'member', p.id),
      'reply_token', app.open_reply_address(conversation, p.id)
    )
    from public.sites as s
    join public.visitors as v on v.id = conversation.visitor_id
    left join public.visitors as person on person.id = v.person_id
    join public.profiles as p on p.id = missed_chat_mail.user_id
    where s.id = conversation.site_id
  );
end $$;

-- A block of a person holds for every browser of it.
create or replace function app.session_blocked(site_id uuid, visitor_id uuid, identity text, address inet) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  person uuid[];
begin
  if not exists (select from public.blocklist as b where b.site_id = session_blocked.site_id) then
    return false;
  end if;
  person := app.person_visitor_ids(session_blocked.visitor_id);
  return exists (
    select from public.blocklist as b
    where b.site_id = session_blocked.site_id
      and (b.expires_at is null or b.expires_at > now())
      and (
        b.visitor_id = any (person)
        or b.identity = session_blocked.identity
        or b.identity = any (array(
          select v.external_id from public.visitors as v where v.id = any (person) and v.external_id is not null
        ))
        or b.address >>= session_blocked.address
      )
  );
end $$;
