-- security definer, all below: triggers and jobs read members' addresses and conversations.
create function app.enqueue_missed_chat(conversation public.conversations, patient boolean) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  minutes constant integer := (select s.missed_chat_minutes from public.sites as s where s.id = conversation.site_id);
begin
  if minutes is null then
    return;
  end if;
  perform app.enqueue_job(
    'missed_chat',
    jsonb_build_object('conversation_id', conversation.id, 'since', conversation.waiting_since, 'patient', patient),
    conversation.organization_id,
    'missed_chat:' || conversation.id || ':' || extract(epoch from conversation.waiting_since) || case when patient then ':patient' else '' end,
    conversation.waiting_since + case when patient then minutes else 1 end * interval '1 minute', 4
  );
end $$;
comment on function app.enqueue_missed_chat is
  'Leaves a job that looks after a minute whether the visitor waits outside hours, or (patient) after the site''s minutes whether it still waits; one of each per wait.';

create function app.site_is_closed(site_id uuid) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
declare
  open boolean;
begin
  -- Hours are computed by a later migration; without it a site is always open.
  if to_regprocedure('app.business_status(uuid,timestamptz)') is null then
    return false;
  end if;
  execute 'select status.open from app.business_status($1) as status' into open using site_is_closed.site_id;
  return not coalesce(open, true);
end $$;
comment on function app.site_is_closed is 'Whether it is outside of the hours of a site.';

create function app.enqueue_mails() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  select * into conversation from public.conversations as c where c.id = new.conversation_id;
  if new.author_kind = 'operator' then
    perform app.enqueue_offline_reply(conversation);
  elsif conversation.waiting_since = new.created_at then
    perform app.enqueue_missed_chat(conversation, false);
  end if;
  return null;
end $$;
comment on function app.enqueue_mails is 'An answer may have to follow by e-mail; a visitor who begins to wait may be missed.';
create trigger enqueue_mails after insert on public.messages
for each row when (new.visibility = 'public' and new.author_kind in ('visitor', 'operator'))
execute function app.enqueue_mails();

create function app.missed_conversation(conversation_id uuid, since timestamptz) returns public.conversations
language plpgsql stable security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  select c.* into conversation from public.conversations as c join public.sites as s on s.id = c.site_id
  where c.id = missed_conversation.conversation_id and c.waiting_since = missed_conversation.since
    and c.status = 'open' and s.missed_chat_minutes is not null and s.archived_at is null
    and not app.visitor_blocked(c.visitor_id, c.site_id);
  return conversation;
end $$;
comment on function app.missed_conversation is 'The conversation if its visitor is still waiting since then, unanswered.';

create function public.miss_chat(conversation_id uuid, since timestamptz, patient boolean default false) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation constant public.conversations := app.missed_conversation(miss_chat.conversation_id, miss_chat.since);
  key constant text := 'missed_chat:' || miss_chat.conversation_id || ':' || extract(epoch from miss_chat.since);
  member record;
  told integer := 0;
begin
  -- In the middle of the day somebody may be about to answer; at night nobody is.
  if conversation.id is not null and not miss_chat.patient and not app.site_is_closed(conversation.site_id) then
    perform app.enqueue_missed_chat(conversation, true);
    return 0;
  end if;
  for member in
    select m.user_id, users.email from public.memberships as m join auth.users on users.id = m.user_id
    where m.organization_id = conversation.organization_id and m.deactivated_at is null
      and users.email_confirmed_at is not null and app.works_on_site(m.user_id, conversation.site_id)
      and (conversation.assignee_id = m.user_id or not coalesce(app.works_on_site(conversation.assignee_id, conversation.site_id), false))
    order by m.user_id limit 100
  loop
    perform app.notify_member(conversation.organization_id, member.user_id, 'missed_chat', key, conversation.id);
    if app.wants_mail(conversation.organization_id, member.email) then
      perform app.enqueue_job(
        'missed_chat_mail',
        jsonb_build_object('conversation_id', conversation.id, 'since', miss_chat.since, 'user_id', member.user_id),
        conversation.organization_id, key || ':' || member.user_id, priority => 4
      );
    end if;
    told := told + 1;
  end loop;
  return told;
end $$;
comment on function public.miss_chat is
  'For the job missed_chat: tells the assignee, or everybody who works on the site, once, if the visitor still waits; answers how many. While the site is open it looks again later.';

create function public.missed_chat_mail(conversation_id uuid, since timestamptz, user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
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
      'unsubscribe_token', app.unsubscribe_token(s.organization_id, 'member', p.id)
    )
    from public.sites as s
    join public.visitors as v on v.id = conversation.visitor_id
    join public.profiles as p on p.id = missed_chat_mail.user_id
    where s.id = conversation.site_id
  );
end $$;
comment on function public.missed_chat_mail is
  'For the job missed_chat_mail: MissedChatMail for one operator; null when it need not be sent any more.';

create function public.invitation_mail(invitation_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  token text;
begin
  token := public.issue_invitation_token(invitation_mail.invitation_id);
  if token is null then
    return null;
  end if;
  return app.mail_links() || (
    select jsonb_build_object(
      'to', i.email, 'language', app.mail_language(p.language), 'time_zone', coalesce(p.time_zone, 'UTC'),
      'organization_name', o.name, 'invited_by_name', p.display_name, 'role', i.role, 'expires_at', i.expires_at, 'token', token
    )
    from public.invitations as i
    join public.organizations as o on o.id = i.organization_id
    left join public.profiles as p on p.id = i.invited_by
    where i.id = invitation_mail.invitation_id and app.usable_email(i.email)
  );
end $$;
comment on function public.invitation_mail is
  'For the job send_invitation: InvitationMail with a token of its own for the link; null when nothing is to be sent any more.';

revoke execute on function public.miss_chat, public.missed_chat_mail, public.invitation_mail from public, anon, authenticated;
grant execute on function public.miss_chat, public.missed_chat_mail, public.invitation_mail to service_role;
