-- `returning c.*` made thirty columns of which three are needed, and the preview was a call per message.
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
    visitor_message_count = c.visitor_message_count + by_visitor::integer,
    status = case when by_visitor then 'open' else c.status end,
    snoozed_until = case when not by_visitor then c.snoozed_until end,
    closed_at = case when not by_visitor then c.closed_at end,
    close_reason = case when not by_visitor then c.close_reason end
  where c.id = new.conversation_id
  returning c.organization_id, c.site_id, c.last_seq into new.organization_id, new.site_id, new.seq;
  if not found then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if new.reply_to_seq >= new.seq then
    perform app.refuse(422, 'invalid_input', '{"argument": "reply_to_seq"}');
  end if;
  return new;
end $$;
