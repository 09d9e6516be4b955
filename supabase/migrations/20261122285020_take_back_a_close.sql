-- Closing ends the wait, which is right. Taking it back did not begin it again: a visitor who still waited was in no list
-- of those who wait, and no clock ran.
create function app.unanswered_since(conversation_id uuid) returns timestamptz
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select min(m.created_at) from public.messages as m
    where m.conversation_id = unanswered_since.conversation_id and m.author_kind = 'visitor' and m.seq > coalesce((
      select max(answer.seq) from public.messages as answer
      where answer.conversation_id = unanswered_since.conversation_id
        and answer.author_kind = 'operator' and answer.visibility = 'public'
    ), 0)
  );
end $$;
comment on function app.unanswered_since is 'Since when the visitor''s last words have had no answer; null when the team spoke last.';

create or replace function public.set_conversation_status(
  conversation_id uuid, status public.conversation_status, reason public.close_reason default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
  closing constant boolean := set_conversation_status.status = 'closed';
  -- Later it is a new occasion: nobody has waited all the time that it was closed.
  taken_back constant boolean := not closing and conversation.closed_at > now() - interval '15 minutes';
begin
  if status is null or status = 'snoozed' or (reason is not null and not closing) then
    perform app.refuse(422, 'invalid_input', '{"argument": "status"}');
  end if;
  update public.conversations as c set
    status = set_conversation_status.status,
    snoozed_until = null,
    closed_at = case when closing then coalesce(c.closed_at, now()) end,
    close_reason = case when closing then coalesce(set_conversation_status.reason, c.close_reason) end,
    waiting_since = case when closing then null when taken_back then app.unanswered_since(c.id) else c.waiting_since end
  where c.id = conversation.id;
  return app.inbox_conversation(conversation.id);
end $$;
