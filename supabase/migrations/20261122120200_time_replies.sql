alter table public.sites
  add column first_reply_minutes integer check (first_reply_minutes between 1 and 10080),
  add column next_reply_minutes integer check (next_reply_minutes between 1 and 10080),
  add column reply_in_hours boolean not null default true;
comment on column public.sites.first_reply_minutes is 'Within how many minutes a visitor should be answered for the first time; null: no target.';
comment on column public.sites.next_reply_minutes is 'The same for every later answer.';
comment on column public.sites.reply_in_hours is 'Whether only business hours count.';
grant update (first_reply_minutes, next_reply_minutes, reply_in_hours) on public.sites to authenticated;

alter table public.conversations
  add column reply_due_at timestamptz,
  add column reply_warn_at timestamptz,
  add column reply_watch_at timestamptz;
comment on column public.conversations.reply_due_at is 'By when the waiting visitor should be answered; null when nobody waits or the site has no target.';
comment on column public.conversations.reply_warn_at is 'When it gets urgent: a quarter of the target is left.';
comment on column public.conversations.reply_watch_at is 'When the schedule looks at it next: to warn, then to write down that it is late.';
create index on public.conversations (reply_watch_at) where reply_watch_at is not null;

create table public.overdue_replies (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null,
  due_at timestamptz not null,
  organization_id uuid not null,
  site_id uuid not null,
  first boolean not null,
  waiting_since timestamptz not null,
  ended_at timestamptz,
  assignee_id uuid,
  unique (conversation_id, due_at),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade
);
comment on table public.overdue_replies is 'Answers that came later than the site''s target, or never.';
comment on column public.overdue_replies.first is 'Whether the visitor had not been answered at all before.';
comment on column public.overdue_replies.ended_at is 'When the visitor was answered, or the conversation closed; null while they wait.';
comment on column public.overdue_replies.assignee_id is 'Who had the conversation when its time was over.';
create index on public.overdue_replies (site_id, due_at);
create index on public.overdue_replies (organization_id);

alter table public.overdue_replies enable row level security;
grant select on public.overdue_replies to authenticated;
create policy "operators read what was late on their sites" on public.overdue_replies
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

create function app.add_open_minutes(site_id uuid, from_at timestamptz, minutes numeric) returns timestamptz
language plpgsql stable security invoker set search_path = ''
as $$
declare
  most constant integer := 100;
  at timestamptz := from_at;
  remains interval := minutes * interval '1 minute';
  hours record;
begin
  if not exists (select from public.business_hours as b where b.site_id = add_open_minutes.site_id)
    and not exists (select from public.business_hours_exceptions as e where e.site_id = add_open_minutes.site_id)
  then
    return at + remains;
  end if;
  for step in 1..most loop
    select * into hours from app.business_status(add_open_minutes.site_id, at);
    if hours.open and (hours.changes_at is null or at + remains <= hours.changes_at) then
      return at + remains;
    elsif hours.changes_at is null then
      -- It never opens again.
      return null;
    elsif hours.open then
      remains := remains - (hours.changes_at - at);
    end if;
    at := hours.changes_at;
  end loop;
  return null;
end $$;
comment on function app.add_open_minutes is 'The moment after so many minutes of the site''s business hours; null when they never come.';

-- security definer, all below: visitors' messages start and answers stop the clock, whoever writes them.
create function app.set_reply_times(conversation public.conversations) returns public.conversations
language plpgsql stable security definer set search_path = ''
as $$
declare
  site public.sites;
  minutes integer;
begin
  conversation.reply_due_at := null;
  conversation.reply_warn_at := null;
  conversation.reply_watch_at := null;
  select * into site from public.sites as s where s.id = conversation.site_id;
  if conversation.waiting_since is null or coalesce(site.first_reply_minutes, site.next_reply_minutes) is null then
    return conversation;
  end if;
  minutes := case when app.was_answered(conversation.id) then site.next_reply_minutes else site.first_reply_minutes end;
  if minutes is null then
    return conversation;
  end if;
  if site.reply_in_hours then
    conversation.reply_due_at := app.add_open_minutes(site.id, conversation.waiting_since, minutes);
    conversation.reply_warn_at := app.add_open_minutes(site.id, conversation.waiting_since, minutes * 0.75);
  else
    conversation.reply_due_at := conversation.waiting_since + minutes * interval '1 minute';
    conversation.reply_warn_at := conversation.waiting_since + minutes * 0.75 * interval '1 minute';
  end if;
  conversation.reply_watch_at := conversation.reply_warn_at;
  return conversation;
end $$;
comment on function app.set_reply_times is 'A conversation with the times by which its visitor should be answered.';

create function app.was_answered(conversation_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from public.messages as m
    where m.conversation_id = was_answered.conversation_id and m.author_kind = 'operator' and m.visibility = 'public'
  );
end $$;
comment on function app.was_answered is 'Whether somebody of the team has ever answered.';

create function app.record_overdue_reply(conversation public.conversations, ended_at timestamptz default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.overdue_replies as o (
    conversation_id, due_at, organization_id, site_id, first, waiting_since, ended_at, assignee_id
  )
  values (
    conversation.id, conversation.reply_due_at, conversation.organization_id, conversation.site_id,
    not app.was_answered(conversation.id), conversation.waiting_since, record_overdue_reply.ended_at, conversation.assignee_id
  )
  on conflict on constraint overdue_replies_conversation_id_due_at_key do update set ended_at = coalesce(o.ended_at, excluded.ended_at);
end $$;
comment on function app.record_overdue_reply is 'Writes down once that an answer is late, and later when it came.';

create function app.time_reply() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if old.reply_due_at <= clock_timestamp() then
    perform app.record_overdue_reply(old, clock_timestamp());
  end if;
  return app.set_reply_times(new);
end $$;
comment on function app.time_reply is 'The clock runs from the first word that waits to the answer.';
create trigger time_reply before update on public.conversations
for each row when (old.waiting_since is distinct from new.waiting_since)
execute function app.time_reply();

create function app.time_replies_of_site() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c
  set (reply_due_at, reply_warn_at, reply_watch_at) = (
    select timed.reply_due_at, timed.reply_warn_at, timed.reply_watch_at from app.set_reply_times(c) as timed
  )
  where c.site_id = new.id and c.waiting_since is not null and c.status = 'open';
  return null;
end $$;
comment on function app.time_replies_of_site is 'Another target holds for those who wait already too.';
create trigger time_replies_of_site after update of first_reply_minutes, next_reply_minutes, reply_in_hours on public.sites
for each row when (
  (old.first_reply_minutes, old.next_reply_minutes, old.reply_in_hours)
    is distinct from (new.first_reply_minutes, new.next_reply_minutes, new.reply_in_hours)
)
execute function app.time_replies_of_site();

create function app.warn_of_reply(conversation public.conversations) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.notify_member(
    conversation.organization_id, theirs.user_id, 'reply_due',
    'reply_due:' || conversation.id || ':' || extract(epoch from conversation.waiting_since), conversation.id,
    jsonb_build_object('seq', conversation.last_seq)
  )
  from private.site_access as theirs
  where theirs.organization_id = conversation.organization_id and theirs.site_id = conversation.site_id
    and (conversation.assignee_id = theirs.user_id
      or not coalesce(app.works_on_site(conversation.assignee_id, conversation.site_id), false));
end $$;
comment on function app.warn_of_reply is
  'Tells whoever has the conversation, or everybody on the site when nobody has it, that its visitor should be answered soon; once per wait.';

create function app.watch_replies(max_rows integer default 500) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  seen integer := 0;
begin
  for conversation in
    select * from public.conversations as c where c.reply_watch_at <= now()
    order by c.reply_watch_at limit watch_replies.max_rows for no key update skip locked
  loop
    seen := seen + 1;
    -- Put away on purpose: it is warned of when it comes back, if it does so unanswered.
    if conversation.status = 'open' and not app.visitor_blocked(conversation.visitor_id, conversation.site_id) then
      perform app.warn_of_reply(conversation);
      if conversation.reply_due_at <= now() then
        perform app.record_overdue_reply(conversation);
      end if;
    end if;
    update public.conversations as c
    set reply_watch_at = case
      when conversation.status = 'snoozed' then greatest(conversation.snoozed_until, now()) + interval '1 minute'
      when conversation.reply_due_at > now() then conversation.reply_due_at end
    where c.id = conversation.id;
  end loop;
  return seen;
end $$;
comment on function app.watch_replies is
  'Each minute: warns of answers that are due soon and writes down those that are late; returns how many it looked at.';

create or replace function app.run_every_minute() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.wake_conversations();
  perform app.request_file_removal();
  perform app.watch_replies();
  perform app.route_all_waiting();
end $$;
