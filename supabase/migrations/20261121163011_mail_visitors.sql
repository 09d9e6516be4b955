create table private.offline_replies (
  conversation_id uuid primary key references public.conversations (id) on delete cascade,
  mailed_seq integer not null
);
comment on table private.offline_replies is 'Up to which message a visitor was told by e-mail.';
alter table private.offline_replies enable row level security;

-- security definer, all below: triggers and jobs read visitors, conversations and private tables.
create function app.enqueue_offline_reply(conversation public.conversations) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  minutes integer;
  told integer;
  key text;
begin
  select s.offline_reply_minutes into minutes
  from public.sites as s join public.visitors as v on v.id = conversation.visitor_id
  where s.id = conversation.site_id and v.email is not null and app.wants_mail(conversation.organization_id, v.email);
  if minutes is null then
    return;
  end if;
  select greatest(conversation.visitor_read_seq, max(r.mailed_seq)) into told
  from private.offline_replies as r where r.conversation_id = conversation.id;
  -- One mail for all that is written until the visitor reads or the mail goes out. A job that found nothing to send
  -- (what was unread was redacted) does not stand in the way of the next.
  key := 'offline_reply:' || conversation.id || ':' || told;
  update private.jobs as j set dedupe_key = null where j.dedupe_key = key and j.finished_at is not null;
  perform app.enqueue_job(
    'offline_reply', jsonb_build_object('conversation_id', conversation.id), conversation.organization_id,
    key, now() + minutes * interval '1 minute', 4
  );
end $$;
comment on function app.enqueue_offline_reply is
  'Leaves a job that mails the team''s answers to a visitor who has not read them by then; one per batch of messages.';

create function app.offline_reply_told(conversation public.conversations) returns integer
language plpgsql stable security definer set search_path = ''
as $$
begin
  return greatest(conversation.visitor_read_seq, coalesce(
    (select r.mailed_seq from private.offline_replies as r where r.conversation_id = conversation.id), 0
  ));
end $$;
comment on function app.offline_reply_told is 'Up to which message a visitor knows, by reading or by e-mail.';

create function public.offline_reply_mail(conversation_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
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
    'unsubscribe_token', app.unsubscribe_token(site.organization_id, 'visitor', visitor.id)
  );
end $$;
comment on function public.offline_reply_mail is
  'For the job offline_reply: OfflineReplyMail with the answers that the visitor has not seen; null when there is nothing to send.';

create function public.offline_reply_sent(conversation_id uuid, seq integer) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  -- Under the lock that sends take: an answer written meanwhile is either seen here or finds the new position.
  select * into conversation from public.conversations as c
  where c.id = offline_reply_sent.conversation_id for no key update;
  if conversation.id is null then
    return;
  end if;
  insert into private.offline_replies as known (conversation_id, mailed_seq)
  values (conversation.id, offline_reply_sent.seq)
  on conflict on constraint offline_replies_pkey do update set mailed_seq = greatest(known.mailed_seq, excluded.mailed_seq);
  if app.mail_lines(conversation.id, app.offline_reply_told(conversation), 1, '{operator}') <> '[]' then
    perform app.enqueue_offline_reply(conversation);
  end if;
end $$;
comment on function public.offline_reply_sent is 'For the job offline_reply: the visitor was told up to this message.';

create function public.transcript_mail(conversation_id uuid, language text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  visitor public.visitors;
  site public.sites;
begin
  select * into conversation from public.conversations as c where c.id = transcript_mail.conversation_id;
  select * into visitor from public.visitors as v where v.id = conversation.visitor_id;
  select * into site from public.sites as s where s.id = conversation.site_id and s.archived_at is null;
  if site.id is null then
    return null;
  end if;
  return app.mail_links() || jsonb_build_object(
    'language', app.mail_language(coalesce(transcript_mail.language, visitor.language)),
    'time_zone', coalesce(visitor.time_zone, site.time_zone), 'site_name', site.name,
    'page_url', app.return_page(site.allowed_origins, visitor.page_url),
    'lines', app.mail_lines(conversation.id, 0, 500, '{visitor,operator,bot}')
  );
end $$;
comment on function public.transcript_mail is
  'For the job send_transcript: TranscriptMail with the last 500 public messages; null when the conversation is gone.';

revoke execute on function public.offline_reply_mail, public.offline_reply_sent, public.transcript_mail
from public, anon, authenticated;
grant execute on function public.offline_reply_mail, public.offline_reply_sent, public.transcript_mail to service_role;
