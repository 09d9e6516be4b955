-- security definer, all below: jobs and triggers read members' addresses.
create function app.escalate_notification() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.enqueue_job(
    'notification_mail', jsonb_build_object('notification_id', new.id), new.organization_id, 'notification_mail:' || new.id,
    now() + coalesce(
      (select p.email_after_minutes from private.notification_preferences as p where p.user_id = new.user_id), 15
    ) * interval '1 minute', 4
  );
  return null;
end $$;
comment on function app.escalate_notification is 'Looks after the recipient''s own minutes whether a mention or an assignment was seen.';
create trigger escalate_notification after insert on public.notifications
for each row when (new.kind in ('mention', 'assigned') and 'email' = any (new.channels))
execute function app.escalate_notification();

create function public.notification_mail(notification_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  notification public.notifications;
  address text;
begin
  select * into notification from public.notifications as n
  where n.id = notification_mail.notification_id and n.read_at is null and app.works_on_site(n.user_id, n.site_id);
  select users.email into address from auth.users where users.id = notification.user_id and users.email_confirmed_at is not null;
  if notification.id is null or not app.wants_mail(notification.organization_id, address) then
    return null;
  end if;
  return app.mail_links() || (
    select jsonb_build_object(
      'to', address, 'language', app.mail_language(p.language), 'time_zone', coalesce(p.time_zone, s.time_zone),
      'site_name', s.name, 'notification', app.notification_view(notification),
      'unsubscribe_token', app.unsubscribe_token(s.organization_id, 'member', p.id)
    )
    from public.sites as s join public.profiles as p on p.id = notification.user_id
    where s.id = notification.site_id
  );
end $$;
comment on function public.notification_mail is
  'For the job notification_mail: NotificationMail for a mention or an assignment; null when it was seen or is not wanted by mail.';

create function public.notification_mailed(notification_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.take_notification_step(n.id, app.notification_round(n.payload), 'mailed')
  from public.notifications as n where n.id = notification_mailed.notification_id;
end $$;
comment on function public.notification_mailed is 'For jobs that mail: writes down that a notification has left by e-mail.';

create or replace function public.miss_chat(conversation_id uuid, since timestamptz, patient boolean default false) returns integer
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
    perform app.notify_member(
      conversation.organization_id, member.user_id, 'missed_chat', key, conversation.id,
      jsonb_build_object('seq', conversation.last_seq)
    );
    if 'email' = any (app.notification_channels(member.user_id, 'missed_chat'))
      and app.wants_mail(conversation.organization_id, member.email)
    then
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

create function public.missed_chat_mailed(conversation_id uuid, since timestamptz, user_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform public.notification_mailed(n.id) from public.notifications as n
  where n.user_id = missed_chat_mailed.user_id and n.dedupe_key =
    'missed_chat:' || missed_chat_mailed.conversation_id || ':' || extract(epoch from missed_chat_mailed.since);
end $$;
comment on function public.missed_chat_mailed is 'For the job missed_chat_mail: as notification_mailed.';

revoke execute on function
  public.notification_mail, public.notification_mailed, public.missed_chat_mailed
from public, anon, authenticated;
grant execute on function
  public.notification_mail, public.notification_mailed, public.missed_chat_mailed
to service_role;
