-- A trigger with the rows of the statement was set up by every later word of a wait, which reads nothing: whoever marks
-- notifications as read says so itself.
drop trigger tell_notifications_read on public.notifications;
drop function app.tell_notifications_read;

-- security definer: broadcasts to others.
create function app.tell_notifications_read(ids uuid[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(jsonb_build_object('ids', jsonb_agg(n.id)), 'notifications_read', 'user:' || n.user_id, true)
  from public.notifications as n
  where n.id = any (ids)
  group by n.user_id;
end $$;
comment on function app.tell_notifications_read(uuid[]) is
  'What was read in one tab or on one device is read everywhere: one broadcast for each person.';

create or replace function public.mark_notifications_read(notification_ids uuid[] default null) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids uuid[];
begin
  with marked as (
    update public.notifications as n set read_at = now()
    where n.user_id = app.my_user_id() and n.read_at is null
      and (mark_notifications_read.notification_ids is null or n.id = any (mark_notifications_read.notification_ids))
    returning n.id, app.notification_round(n.payload) as round
  ), noted as (
    insert into private.notification_steps (notification_id, round, step)
    select marked.id, marked.round, 'seen' from marked
    on conflict do nothing
  )
  select array_agg(marked.id) into ids from marked;
  perform app.tell_notifications_read(ids);
  return coalesce(cardinality(ids), 0);
end $$;

create or replace function app.see_notifications() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids uuid[];
begin
  with seen as (
    update public.notifications as n set read_at = now()
    where n.user_id = new.reader_id and n.conversation_id = new.conversation_id and n.read_at is null
      and app.notification_round(n.payload) <= new.last_read_seq
    returning n.id, app.notification_round(n.payload) as round
  ), noted as (
    insert into private.notification_steps (notification_id, round, step)
    select seen.id, seen.round, 'seen' from seen
    on conflict do nothing
  )
  select array_agg(seen.id) into ids from seen;
  perform app.tell_notifications_read(ids);
  return null;
end $$;
