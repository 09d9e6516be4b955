-- A condition of a trigger is parsed at every update: asked inside the trigger that runs anyway it costs nothing. And who
-- does not wait has no times, whatever the site's targets are.
drop trigger time_reply on public.conversations;
drop function app.time_reply;

-- security definer: visitors' messages start and answers stop the clock, whoever writes them.
create function app.time_reply(before public.conversations, after public.conversations) returns public.conversations
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if before.reply_due_at <= clock_timestamp() then
    perform app.record_overdue_reply(before, clock_timestamp());
  end if;
  return app.set_reply_times(after);
end $$;
comment on function app.time_reply is 'The clock runs from the first word that waits to the answer.';

-- security definer: so does the service, which may not call the clock itself.
create or replace function app.mark_conversation_changed() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  new.changed_xid := pg_current_xact_id();
  new.updated_at := clock_timestamp();
  if old.waiting_since is distinct from new.waiting_since then
    new := app.time_reply(old, new);
  end if;
  return new;
end $$;
comment on function app.mark_conversation_changed is
  'Every change is found by inbox_changes_since; the clock of the reply follows who waits.';

create or replace function app.set_reply_times(conversation public.conversations) returns public.conversations
language plpgsql stable security definer set search_path = ''
as $$
declare
  site public.sites;
  minutes integer;
begin
  conversation.reply_due_at := null;
  conversation.reply_warn_at := null;
  conversation.reply_watch_at := null;
  if conversation.waiting_since is null then
    return conversation;
  end if;
  select s.first_reply_minutes, s.next_reply_minutes, s.reply_in_hours
  into site.first_reply_minutes, site.next_reply_minutes, site.reply_in_hours
  from public.sites as s where s.id = conversation.site_id;
  if coalesce(site.first_reply_minutes, site.next_reply_minutes) is null then
    return conversation;
  end if;
  minutes := case when app.was_answered(conversation.id) then site.next_reply_minutes else site.first_reply_minutes end;
  if minutes is null then
    return conversation;
  end if;
  if site.reply_in_hours then
    conversation.reply_due_at := app.add_open_minutes(conversation.site_id, conversation.waiting_since, minutes);
    conversation.reply_warn_at := app.add_open_minutes(conversation.site_id, conversation.waiting_since, minutes * 0.75);
  else
    conversation.reply_due_at := conversation.waiting_since + minutes * interval '1 minute';
    conversation.reply_warn_at := conversation.waiting_since + minutes * 0.75 * interval '1 minute';
  end if;
  conversation.reply_watch_at := conversation.reply_warn_at;
  return conversation;
end $$;
