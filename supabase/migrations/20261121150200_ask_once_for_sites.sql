-- Four tables with a policy each asked four times which sites are the caller's; the function asks once, as app.list_inbox.
create or replace function public.get_inbox_conversation(conversation_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select app.my_inbox_conversation(entry) from app.inbox_conversations as entry
    where entry.id = get_inbox_conversation.conversation_id and entry.site_id = any (array(select app.my_site_ids()))
  );
end $$;
comment on function public.get_inbox_conversation is
  'MyInboxConversation of a conversation that no list has brought; null when it is not on the caller''s sites. security definer: asks for the caller''s sites once.';

-- In the order in which most rows are decided: an admin's are by the first question, and the second is never asked.
alter policy "operators read the numbers of their sites and their own, admins those of all" on public.daily_stats
using (
  site_id = any (array(select app.my_site_ids('admin')))
  or (
    site_id = any (array(select app.my_site_ids()))
    and (operator_id is null or operator_id = (select auth.uid()))
  )
);

-- In PL/pgSQL, which keeps the plan: a function in SQL with a search path of its own is planned at each call.
create or replace function public.messages_after(conversation_id uuid, after_seq integer, max_rows integer default 200)
returns setof public.messages
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    select messages.* from public.messages
    where messages.conversation_id = messages_after.conversation_id and messages.seq > messages_after.after_seq
    order by messages.seq
    limit least(greatest(messages_after.max_rows, 1), 500);
end $$;

create or replace function public.messages_before(conversation_id uuid, before_seq integer, max_rows integer default 30)
returns setof public.messages
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    select page.* from (
      select messages.* from public.messages
      where messages.conversation_id = messages_before.conversation_id and messages.seq < messages_before.before_seq
      order by messages.seq desc
      limit least(greatest(messages_before.max_rows, 1), 500)
    ) as page
    order by page.seq;
end $$;

create or replace function public.message_changes_after(
  conversation_id uuid, after_change_seq integer, max_rows integer default 200
)
returns setof public.messages
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    select messages.* from public.messages
    where messages.conversation_id = message_changes_after.conversation_id
      and messages.change_seq > greatest(message_changes_after.after_change_seq, 0)
    order by messages.change_seq
    limit least(greatest(message_changes_after.max_rows, 1), 500);
end $$;
