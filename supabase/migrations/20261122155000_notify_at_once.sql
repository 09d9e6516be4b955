-- security definer: as before, triggers of every role notify.
create or replace function app.notify_of_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  begins boolean;
  nobodys boolean;
  -- Preferences are read with the operators, at once: asked for by a function, each was a call per operator and event.
  usual constant jsonb := app.default_notification_events();
begin
  select * into conversation from public.conversations as c where c.id = new.conversation_id;
  begins := conversation.waiting_since = new.created_at;
  nobodys := begins and not coalesce(app.works_on_site(conversation.assignee_id, new.site_id), false);
  insert into public.notifications as n (organization_id, user_id, kind, dedupe_key, site_id, conversation_id, payload)
  select new.organization_id, told.user_id,
    case when told.event = 'new_conversation' then 'new_conversation' else 'new_message' end::public.notification_kind,
    'wait:' || conversation.id || ':' || extract(epoch from conversation.waiting_since), new.site_id, new.conversation_id,
    jsonb_build_object('event', told.event, 'seq', new.seq, 'count', 1)
  from (
    select distinct on (theirs.user_id) theirs.user_id, wanted.event
    from private.site_access as theirs
    left join public.conversation_followers as f
      on f.conversation_id = new.conversation_id and f.user_id = theirs.user_id
    left join private.notification_preferences as p on p.user_id = theirs.user_id
    cross join lateral (values
      (1, 'my_message', f.user_id is not null or conversation.assignee_id is not distinct from theirs.user_id),
      (2, 'new_conversation', nobodys),
      (3, 'any_message', true)
    ) as wanted (place, event, applies)
    where theirs.organization_id = new.organization_id and theirs.site_id = new.site_id and wanted.applies
      and coalesce(p.events -> wanted.event, usual -> wanted.event) <> '[]'
    order by theirs.user_id, wanted.place
  ) as told
  order by told.user_id
  -- Later words of the same wait come to the same line of the list, and are heard again.
  on conflict on constraint notifications_user_id_dedupe_key_key do update set
    payload = excluded.payload || jsonb_build_object('count', (n.payload ->> 'count')::integer + 1),
    channels = excluded.channels, told_at = clock_timestamp(), read_at = null;
  return null;
end $$;
