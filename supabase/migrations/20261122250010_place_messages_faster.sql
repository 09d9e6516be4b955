-- `returning c.*` made thirty columns of which three are needed. And the conditions of triggers are parsed anew at every
-- update of a row: most of them speak of columns that a message usually leaves alone, so that now they are named
-- (`update of`), and a message writes them only when it opens a conversation.
create or replace function app.place_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  by_visitor constant boolean := new.author_kind = 'visitor';
  for_visitor constant boolean := new.visibility = 'public' and new.author_kind <> 'system';
  answers constant boolean := for_visitor and new.author_kind = 'operator';
  preview constant text := case when for_visitor then app.preview(new) end;
begin
  update public.conversations as c set
    last_seq = c.last_seq + 1,
    last_message_at = case when for_visitor then new.created_at else c.last_message_at end,
    last_message_preview = coalesce(preview, c.last_message_preview),
    last_author_kind = case when for_visitor then new.author_kind else c.last_author_kind end,
    waiting_since = case when by_visitor then coalesce(c.waiting_since, new.created_at) when not answers then c.waiting_since end,
    visitor_message_count = c.visitor_message_count + by_visitor::integer
  where c.id = new.conversation_id
    and (not by_visitor or (c.status = 'open' and c.visitor_message_count > 0 and c.closed_at is null))
  returning c.organization_id, c.site_id, c.last_seq into new.organization_id, new.site_id, new.seq;
  if not found and by_visitor then
    -- The first words, or the first since it was closed or snoozed.
    update public.conversations as c set
      last_seq = c.last_seq + 1, last_message_at = new.created_at, last_message_preview = preview, last_author_kind = 'visitor',
      waiting_since = coalesce(c.waiting_since, new.created_at), visitor_message_count = c.visitor_message_count + 1,
      status = 'open', snoozed_until = null, closed_at = null, close_reason = null
    where c.id = new.conversation_id
    returning c.organization_id, c.site_id, c.last_seq into new.organization_id, new.site_id, new.seq;
  end if;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if new.reply_to_seq >= new.seq then
    perform app.refuse(422, 'invalid_input', '{"argument": "reply_to_seq"}');
  end if;
  return new;
end $$;

-- A message is always told of; everything else that is written, if it changed what others see. `update of` names all that
-- is not the message's own or a reading position: a new column belongs here too.
drop trigger broadcast_conversation on public.conversations;
create trigger broadcast_conversation after update of
  status, handler, assignee_id, changed_xid, closed_at, priority, snoozed_until, close_reason, last_change_seq, team_site_id,
  queued_at, reply_due_at, reply_warn_at, reply_watch_at
on public.conversations
for each row when (
  old.last_seq = new.last_seq and (
    old.last_change_seq <> new.last_change_seq or old.status <> new.status
    or old.assignee_id is distinct from new.assignee_id or old.priority <> new.priority
    or old.snoozed_until is distinct from new.snoozed_until
    or (old.changed_xid <> new.changed_xid and old.visitor_read_seq = new.visitor_read_seq and old.team_read_seq = new.team_read_seq)
  )
)
execute function app.broadcast_conversation();
create trigger broadcast_message_place after update of last_seq on public.conversations
for each row execute function app.broadcast_conversation();

drop trigger publish_conversation_changed on public.conversations;
create trigger publish_conversation_changed after update of status, assignee_id, priority, snoozed_until on public.conversations
for each row when (
  old.status <> new.status or old.assignee_id is distinct from new.assignee_id or old.priority <> new.priority
  or old.snoozed_until is distinct from new.snoozed_until
)
execute function app.publish_conversation();

drop trigger record_conversation_changes on public.conversations;
create trigger record_conversation_changes after update of status, snoozed_until, assignee_id, team_site_id, priority
on public.conversations
for each row when (
  old.status <> new.status or old.snoozed_until is distinct from new.snoozed_until
  or old.assignee_id is distinct from new.assignee_id or old.team_site_id is distinct from new.team_site_id
  or old.priority <> new.priority
)
execute function app.record_conversation_changes();

-- A message routes only where it writes the status.
drop trigger route_arrival on public.conversations;
create trigger route_arrival before update of status on public.conversations
for each row when (
  new.visitor_message_count > old.visitor_message_count and (old.visitor_message_count = 0 or old.status <> 'open')
)
execute function app.route_arrival();

drop trigger route_freed on public.conversations;
create constraint trigger route_freed after update of status, assignee_id on public.conversations
deferrable initially deferred for each row when (
  old.assignee_id is not null and old.status = 'open'
  and (new.status <> 'open' or new.assignee_id is distinct from old.assignee_id)
)
execute function app.route_freed();

drop trigger z_leave_queue on public.conversations;
create trigger z_leave_queue before update of status, assignee_id, queued_at on public.conversations
for each row when (new.queued_at is not null and (new.assignee_id is not null or new.status <> 'open'))
execute function app.leave_queue();
