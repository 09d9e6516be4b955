-- Whoever gives a conversation to another team does not get it back by turns, and their name stands in the line about it.
drop function app.next_assignee;
create function app.next_assignee(site_id uuid, team_site_id uuid default null, but uuid default null) returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select c.user_id from public.sites as s
    cross join lateral app.routing_candidates(s.id, s.routing_online_only) with ordinality as c
    where s.id = next_assignee.site_id and s.routing = 'round_robin' and s.archived_at is null and c.able
      and (next_assignee.team_site_id is null or app.works_on_site(c.user_id, next_assignee.team_site_id))
      and c.user_id is distinct from next_assignee.but
    order by c.ordinality limit 1
  );
end $$;
comment on function app.next_assignee is
  'Who would be given the next conversation of a site, of another team if it was transferred, and not this person; null when nobody, or when the site does not do that.';

-- security definer, both: as before.
create or replace function app.record_conversation_changes() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- What the product gives somebody is nobody's doing, though somebody's report or close may have set it off.
  routed constant boolean := coalesce(current_setting('app.routing', true), '') = 'on';
  me constant uuid := case when not routed then app.my_user_id() end;
  by_visitor constant boolean := new.visitor_message_count > old.visitor_message_count;
begin
  if old.status <> new.status then
    perform app.record_conversation_event(
      new,
      (case when new.status = 'closed' then 'closed' when new.status = 'snoozed' then 'snoozed'
        when old.status = 'snoozed' and me is null and not by_visitor then 'woken' else 'reopened' end)::public.conversation_event_kind,
      me, null,
      case new.status when 'closed' then new.close_reason::text when 'snoozed' then to_jsonb(new.snoozed_until) #>> '{}'
        else case when by_visitor then 'visitor' end end
    );
  elsif new.status = 'snoozed' and old.snoozed_until is distinct from new.snoozed_until then
    perform app.record_conversation_event(new, 'snoozed', me, null, to_jsonb(new.snoozed_until) #>> '{}');
  end if;
  if old.team_site_id is distinct from new.team_site_id then
    perform app.record_conversation_event(new, 'transferred', app.my_user_id(), coalesce(new.team_site_id, new.site_id));
  end if;
  -- That nobody has it yet is what a transfer means.
  if old.assignee_id is distinct from new.assignee_id
    and (new.assignee_id is not null or old.team_site_id is not distinct from new.team_site_id)
  then
    perform app.record_conversation_event(
      new,
      (case when new.assignee_id is null then 'unassigned' when me is null then 'auto_assigned' else 'assigned' end)
        ::public.conversation_event_kind,
      me, coalesce(new.assignee_id, old.assignee_id)
    );
  end if;
  if old.priority <> new.priority then
    perform app.record_conversation_event(new, 'priority', me, null, new.priority::text);
  end if;
  return null;
end $$;
comment on function app.record_conversation_changes is 'Every change of state of a conversation leaves a line for its team.';

create or replace function public.transfer_conversation(conversation_id uuid, site_id uuid, assignee_id uuid default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
  next_one uuid := transfer_conversation.assignee_id;
  routed boolean := false;
begin
  if not exists (
    select from public.sites as s
    where s.id = transfer_conversation.site_id and s.organization_id = conversation.organization_id
      and s.id = any (array(select app.my_site_ids())) and s.archived_at is null
  ) then
    perform app.refuse(404, 'site_not_found');
  end if;
  if next_one is not null and not app.works_on_site(next_one, conversation.site_id) then
    perform app.refuse(422, 'assignee_not_on_site');
  end if;
  if transfer_conversation.site_id = coalesce(conversation.team_site_id, conversation.site_id)
    and (next_one is null or next_one is not distinct from conversation.assignee_id)
  then
    return app.inbox_conversation(conversation.id);
  end if;
  if next_one is null and conversation.status = 'open' then
    perform app.lock_routing(conversation.organization_id);
    -- Whoever gives it away does not get it back by turns.
    next_one := app.next_assignee(
      conversation.site_id, nullif(transfer_conversation.site_id, conversation.site_id), conversation.assignee_id
    );
    routed := next_one is not null;
  end if;
  if routed then
    perform app.take_turn(conversation.organization_id, next_one), set_config('app.routing', 'on', true);
  end if;
  update public.conversations as c set
    team_site_id = nullif(transfer_conversation.site_id, c.site_id), assignee_id = next_one, queued_at = null
  where c.id = conversation.id;
  perform set_config('app.routing', '', true);
  if next_one is null and conversation.status = 'open' then
    perform app.offer_conversation(conversation.id);
  end if;
  return app.inbox_conversation(conversation.id);
end $$;
comment on function public.transfer_conversation is
  'Gives a conversation to the team of another site of the organisation (or back to its own), of whom somebody gets it by turns where its site does that, or to this person; the caller answers on both sites. Returns InboxConversation.';
