-- Nearly always the mail that follows an answer is due already: then nothing is written, not even tried.
create or replace function app.enqueue_offline_reply(conversation public.conversations) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  minutes integer;
  address text;
  told integer;
  key text;
  done boolean;
begin
  select s.offline_reply_minutes, v.email,
    greatest(conversation.visitor_read_seq, (
      select r.mailed_seq from private.offline_replies as r where r.conversation_id = conversation.id
    ))
  into minutes, address, told
  from public.sites as s join public.visitors as v on v.id = conversation.visitor_id
  where s.id = conversation.site_id and v.email is not null and s.offline_reply_minutes is not null;
  if not found then
    return;
  end if;
  -- One mail for all that is written until the visitor reads or the mail goes out. A job that found nothing to send
  -- (what was unread was redacted) does not stand in the way of the next.
  key := 'offline_reply:' || conversation.id || ':' || told;
  select j.finished_at is not null into done from private.jobs as j where j.dedupe_key = key;
  if not done or not app.wants_mail(conversation.organization_id, address) then
    return;
  end if;
  if done then
    update private.jobs as j set dedupe_key = null where j.dedupe_key = key and j.finished_at is not null;
  end if;
  perform app.enqueue_job(
    'offline_reply', jsonb_build_object('conversation_id', conversation.id), conversation.organization_id,
    key, now() + minutes * interval '1 minute', 4
  );
end $$;
