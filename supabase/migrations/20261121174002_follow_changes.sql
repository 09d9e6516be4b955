-- Which changes are events. security definer, all of them: whoever changes a row has no rights on webhooks.
create function app.publish_conversation() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  told jsonb;
  happened text[] := '{}';
  event text;
begin
  if not app.has_listeners(new.organization_id) then
    return null;
  end if;
  if tg_op = 'INSERT' then
    happened := '{conversation.created}';
  else
    if old.status <> new.status then
      happened := happened || case
        when new.status = 'closed' then 'conversation.closed'
        when old.status = 'closed' then 'conversation.reopened'
        else 'conversation.updated' end;
    end if;
    if old.assignee_id is distinct from new.assignee_id then
      happened := happened || 'conversation.assigned'::text;
    end if;
    if cardinality(happened) = 0 then
      happened := '{conversation.updated}';
    end if;
  end if;
  told := jsonb_build_object('conversation', app.told_conversation(new));
  foreach event in array happened loop
    perform app.publish_event(new.organization_id, new.site_id, event, new.id, new.id, told);
  end loop;
  return null;
end $$;
comment on function app.publish_conversation is 'Events of a conversation itself; messages have their own.';

create trigger publish_conversation_created after insert on public.conversations
for each row execute function app.publish_conversation();
-- A message changes none of these, unless it reopens the conversation.
create trigger publish_conversation_changed after update on public.conversations
for each row when (
  (old.status, old.assignee_id, old.priority, old.snoozed_until)
    is distinct from (new.status, new.assignee_id, new.priority, new.snoozed_until)
)
execute function app.publish_conversation();

create function app.publish_message() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not app.has_listeners(new.organization_id) then
    return null;
  end if;
  perform app.publish_event(
    new.organization_id, new.site_id,
    case
      when tg_op = 'INSERT' then 'message.created'
      when old.redacted_at is null and new.redacted_at is not null then 'message.redacted'
      else 'message.edited' end,
    new.conversation_id, new.conversation_id, jsonb_build_object('message', app.told_message(new))
  );
  return null;
end $$;
comment on function app.publish_message is 'A message was written, edited or redacted.';

create trigger publish_message_created after insert on public.messages
for each row execute function app.publish_message();
create trigger publish_message_changed after update of edited_at, redacted_at on public.messages
for each row when ((old.edited_at, old.redacted_at) is distinct from (new.edited_at, new.redacted_at))
execute function app.publish_message();

create function app.publish_labels() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed constant uuid := case tg_op when 'DELETE' then old.conversation_id else new.conversation_id end;
  conversation public.conversations;
begin
  if not app.has_listeners(case tg_op when 'DELETE' then old.organization_id else new.organization_id end) then
    return null;
  end if;
  select * into conversation from public.conversations as c where c.id = changed;
  -- Not when the labels go with their conversation.
  if found then
    perform app.publish_event(
      conversation.organization_id, conversation.site_id, 'conversation.labelled', changed, changed,
      jsonb_build_object('conversation', app.told_conversation(conversation))
    );
  end if;
  return null;
end $$;
comment on function app.publish_labels is 'A label was put on a conversation or taken off.';

create trigger publish_labels after insert or delete on public.conversation_labels
for each row execute function app.publish_labels();

create function app.publish_rating() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if app.has_listeners(new.organization_id) then
    perform app.publish_event(
      new.organization_id, new.site_id, 'conversation.rated', new.conversation_id, new.conversation_id,
      jsonb_build_object('rating', app.told_rating(new))
    );
  end if;
  return null;
end $$;
comment on function app.publish_rating is 'A visitor rated a conversation, or changed the rating.';

create trigger publish_rating after insert or update of score, comment on public.ratings
for each row execute function app.publish_rating();

create function app.publish_visitor() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if tg_op = 'DELETE' then
    -- Nothing but the id: what it was about is gone. A deleted site or organisation takes its webhooks along.
    if app.has_listeners(old.organization_id)
      and exists (select from public.sites as s where s.id = old.site_id) then
      perform app.publish_event(
        old.organization_id, old.site_id, 'visitor.erased', old.id, null,
        jsonb_build_object('visitor', jsonb_build_object('id', old.id, 'site_id', old.site_id))
      );
    end if;
  elsif app.has_listeners(new.organization_id) then
    perform app.publish_event(
      new.organization_id, new.site_id,
      case tg_op when 'INSERT' then 'visitor.created' else 'visitor.updated' end, new.id, null,
      jsonb_build_object('visitor', app.told_visitor(new))
    );
  end if;
  return null;
end $$;
comment on function app.publish_visitor is 'A visitor wrote for the first time, is called otherwise now, or was erased.';

create trigger publish_visitor_added after insert or delete on public.visitors
for each row execute function app.publish_visitor();
create trigger publish_visitor_changed after update on public.visitors
for each row when (
  (old.name, old.email, old.phone, old.external_id, old.language)
    is distinct from (new.name, new.email, new.phone, new.external_id, new.language)
)
execute function app.publish_visitor();
