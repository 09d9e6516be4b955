create type public.routing_mode as enum ('off', 'round_robin');

alter table public.sites
  add column routing public.routing_mode not null default 'off',
  add column routing_online_only boolean not null default true;
comment on column public.sites.routing is
  'Whether conversations that a visitor begins or reopens are given to somebody: off, or to those who answer there by turns.';
comment on column public.sites.routing_online_only is
  'Whether only those who are online get one; otherwise everybody who has not chosen to be busy.';
grant update (routing, routing_online_only) on public.sites to authenticated;

alter table public.conversations add column queued_at timestamptz;
comment on column public.conversations.queued_at is
  'Since when it waits to be given to somebody by itself; null when somebody has it, or when a person decided that nobody has.';
create index on public.conversations (organization_id, queued_at, id) where queued_at is not null;

create table private.routing_turns (
  organization_id uuid not null,
  user_id uuid not null,
  last_at timestamptz not null,
  primary key (organization_id, user_id),
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table private.routing_turns is 'When somebody was given a conversation last: whoever waits longest is next.';
alter table private.routing_turns enable row level security;

create function app.routing_candidates(site_id uuid, online_only boolean)
returns table (user_id uuid, presence public.operator_presence, open_count integer, capacity integer, last_at timestamptz, able boolean)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    select found.user_id, found.presence, found.open_count, found.capacity, found.last_at,
      (found.capacity is null or found.open_count < found.capacity)
        and case when routing_candidates.online_only then found.presence = 'online' else found.presence <> 'busy' end
    from (
      select theirs.user_id, app.presence_of(r) as presence, m.capacity, t.last_at,
        (select count(*)::integer from public.conversations as c
          where c.assignee_id = theirs.user_id and c.status = 'open' and c.organization_id = theirs.organization_id) as open_count
      from private.site_access as theirs
      join public.memberships as m on m.organization_id = theirs.organization_id and m.user_id = theirs.user_id
      left join private.operator_presence as r on r.user_id = theirs.user_id
      left join private.routing_turns as t on t.organization_id = theirs.organization_id and t.user_id = theirs.user_id
      where theirs.organization_id = (select s.organization_id from public.sites as s where s.id = routing_candidates.site_id)
        and theirs.site_id = routing_candidates.site_id
    ) as found
    -- Whoever never had a turn comes first.
    order by found.last_at nulls first, found.user_id;
end $$;
comment on function app.routing_candidates is
  'Who answers on a site, the next one to be given a conversation first, and whether they are there and have room.';

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

create function app.take_turn(organization_id uuid, user_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  insert into private.routing_turns as t (organization_id, user_id, last_at)
  values (take_turn.organization_id, take_turn.user_id, clock_timestamp())
  on conflict on constraint routing_turns_pkey do update set last_at = excluded.last_at;
end $$;
comment on function app.take_turn is 'Puts somebody at the end of the line.';

-- Decisions of an organisation take turns, so that the last free place is given once. Conversations are locked before this
-- lock or passed over when somebody else has them, never waited for behind it: nobody waits in a circle.
create function app.lock_routing(organization_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('routing:' || lock_routing.organization_id, 0));
end $$;
comment on function app.lock_routing is 'Until the end of the transaction nobody else gives conversations of this organisation to anybody.';

-- security definer, all below: triggers of visitors, operators and the schedule assign; nobody else may.
create function app.route_waiting(organization_id uuid) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  most constant integer := 200;
  waiting record;
  next_one uuid;
  -- Of a site, or of the team that it was transferred to, nobody has room.
  full_lines text[] := '{}';
  passed uuid[] := '{}';
  given integer := 0;
begin
  -- Nearly always nobody waits: then there is nothing to lock.
  if not exists (
    select from public.conversations as c
    where c.organization_id = route_waiting.organization_id and c.queued_at is not null
  ) then
    return 0;
  end if;
  perform app.lock_routing(organization_id);
  while given < most and cardinality(passed) < most loop
    select c.id, c.site_id, c.team_site_id, concat(c.site_id, c.team_site_id) as line into waiting
    from public.conversations as c
    where c.organization_id = route_waiting.organization_id and c.queued_at is not null
      and concat(c.site_id, c.team_site_id) <> all (full_lines) and c.id <> all (passed)
    order by c.queued_at, c.id limit 1;
    exit when not found;
    next_one := app.next_assignee(waiting.site_id, waiting.team_site_id);
    if next_one is null then
      full_lines := full_lines || waiting.line;
      continue;
    end if;
    perform from public.conversations as c where c.id = waiting.id and c.queued_at is not null
    for no key update skip locked;
    if not found then
      -- Somebody is changing it right now; the next look, within a minute, finds it again.
      passed := passed || waiting.id;
      continue;
    end if;
    perform app.take_turn(route_waiting.organization_id, next_one);
    perform set_config('app.routing', 'on', true);
    update public.conversations as c set assignee_id = next_one where c.id = waiting.id;
    perform set_config('app.routing', '', true);
    given := given + 1;
  end loop;
  return given;
end $$;
comment on function app.route_waiting is
  'Gives conversations that wait for somebody to those who have room, waiting longest first; returns how many.';

create function app.route_arrival() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if new.assignee_id is not null and app.works_on_site(new.assignee_id, new.site_id) then
    return new;
  end if;
  -- Whoever has left does not come back with it.
  new.assignee_id := null;
  if not exists (
    select from public.sites as s where s.id = new.site_id and s.routing = 'round_robin' and s.archived_at is null
  ) then
    return new;
  end if;
  perform app.lock_routing(new.organization_id);
  perform app.route_waiting(new.organization_id);
  -- In the same write of the row, before anybody is notified: only whoever gets it hears of it.
  new.assignee_id := app.next_assignee(new.site_id, new.team_site_id);
  if new.assignee_id is null then
    new.queued_at := coalesce(new.waiting_since, clock_timestamp());
  else
    perform app.take_turn(new.organization_id, new.assignee_id);
    -- A rule of the site that runs with this message may still name somebody else.
    perform set_config('app.routed', new.id::text, true);
  end if;
  return new;
end $$;
comment on function app.route_arrival is
  'When a visitor begins or reopens a conversation that nobody has: somebody gets it, or it waits for somebody.';

-- A visitor who goes on writing pays for one comparison.
create trigger route_arrival before update on public.conversations
for each row when (
  new.visitor_message_count > old.visitor_message_count and (old.visitor_message_count = 0 or old.status <> 'open')
)
execute function app.route_arrival();

create function app.offer_conversation(conversation_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c set queued_at = coalesce(c.waiting_since, clock_timestamp())
  from public.sites as s
  where c.id = offer_conversation.conversation_id and c.assignee_id is null and c.status = 'open'
    and s.id = c.site_id and s.routing = 'round_robin' and s.archived_at is null;
  perform app.route_waiting(c.organization_id) from public.conversations as c
  where c.id = offer_conversation.conversation_id and c.queued_at is not null;
end $$;
comment on function app.offer_conversation is 'Gives a conversation that nobody has to somebody, where its site does that.';

create function app.leave_queue() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  new.queued_at := null;
  return new;
end $$;
comment on function app.leave_queue is 'What somebody has, or what is done, waits for nobody.';
create trigger z_leave_queue before update on public.conversations
for each row when (new.queued_at is not null and (new.assignee_id is not null or new.status <> 'open'))
execute function app.leave_queue();
