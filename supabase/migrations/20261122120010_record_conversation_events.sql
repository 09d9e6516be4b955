create type public.conversation_event_kind as enum (
  'assigned', 'auto_assigned', 'unassigned', 'closed', 'reopened', 'snoozed', 'woken', 'priority', 'transferred'
);

-- Not messages: a line for the team must leave no hole in the seq that a visitor sees, and must not make a reply stale.
create table public.conversation_events (
  id bigint generated always as identity primary key,
  conversation_id uuid not null,
  organization_id uuid not null,
  site_id uuid not null,
  after_seq integer not null check (after_seq >= 0),
  kind public.conversation_event_kind not null,
  actor_id uuid,
  subject_id uuid,
  detail text check (char_length(detail) <= 200),
  created_at timestamptz not null default clock_timestamp(),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade
);
comment on table public.conversation_events is
  'What was done with a conversation, for its team to read between the messages: who took it, who closed it, where it went.';
comment on column public.conversation_events.after_seq is 'The newest message when it happened: the line stands behind it.';
comment on column public.conversation_events.actor_id is 'The operator who did it; null when it happened by itself, by a rule or by the visitor.';
comment on column public.conversation_events.subject_id is 'Who was assigned; the site whose team it went to.';
comment on column public.conversation_events.detail is 'The reason, the priority, or until when.';
create index on public.conversation_events (conversation_id, id);
create index on public.conversation_events (site_id);
create index on public.conversation_events (organization_id);

alter table public.conversation_events enable row level security;
grant select on public.conversation_events to authenticated;
create policy "operators read what was done on their sites" on public.conversation_events
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer, both: events are written by the database alone, whoever changes the conversation.
create function app.record_conversation_event(
  conversation public.conversations, kind public.conversation_event_kind,
  actor_id uuid default null, subject_id uuid default null, detail text default null
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  event public.conversation_events;
begin
  insert into public.conversation_events (
    conversation_id, organization_id, site_id, after_seq, kind, actor_id, subject_id, detail
  )
  values (
    conversation.id, conversation.organization_id, conversation.site_id, conversation.last_seq,
    record_conversation_event.kind, record_conversation_event.actor_id, record_conversation_event.subject_id,
    left(record_conversation_event.detail, 200)
  )
  returning * into event;
  perform realtime.send(to_jsonb(event), 'event_recorded', 'conversation:' || conversation.id || ':team', true);
end $$;
comment on function app.record_conversation_event is 'Writes down what was done with a conversation and tells its team.';

create function app.record_conversation_changes() returns trigger
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
    perform app.record_conversation_event(new, 'transferred', me, coalesce(new.team_site_id, new.site_id));
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

create trigger record_conversation_changes after update on public.conversations
for each row when (
  (old.status, old.snoozed_until, old.assignee_id, old.team_site_id, old.priority)
    is distinct from (new.status, new.snoozed_until, new.assignee_id, new.team_site_id, new.priority)
)
execute function app.record_conversation_changes();
