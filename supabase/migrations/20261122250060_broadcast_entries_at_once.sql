-- As app.inbox_conversation, without a call of its own: each message comes here.
create or replace function app.broadcast_conversation() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(to_jsonb(entry), 'conversation_changed', 'inbox:' || new.site_id, true)
  from app.inbox_conversations as entry where entry.id = new.id;
  if (old.status = 'closed') <> (new.status = 'closed') and not app.visitor_blocked(new.visitor_id, new.site_id) then
    perform realtime.send(app.visitor_conversation(new), 'conversation_updated', 'conversation:' || new.id, true);
  end if;
  return null;
end $$;
