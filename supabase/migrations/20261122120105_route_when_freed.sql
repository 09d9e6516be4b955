-- When those who wait are looked at again. security definer, all of them: nobody but triggers and functions assigns.
create function app.route_freed() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.route_waiting(new.organization_id);
  return null;
end $$;
comment on function app.route_freed is 'Somebody has room again, or what somebody had needs somebody else.';

-- At the end of the transaction, when it holds all the rows that it wants.
create constraint trigger route_freed after update on public.conversations
deferrable initially deferred for each row when (
  old.assignee_id is not null and old.status = 'open'
  and (new.status <> 'open' or new.assignee_id is distinct from old.assignee_id)
)
execute function app.route_freed();
create constraint trigger route_freed after update of capacity on public.memberships
deferrable initially deferred for each row when (new.capacity is distinct from old.capacity)
execute function app.route_freed();

create function app.route_arrived_operator() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.route_waiting(m.organization_id) from public.memberships as m
  where m.user_id = new.user_id and m.deactivated_at is null order by m.organization_id;
  return null;
end $$;
comment on function app.route_arrived_operator is 'Whoever came online may be given what waits.';
create constraint trigger route_arrived_operator after update on private.operator_presence
deferrable initially deferred for each row when (new.announced = 'online' and old.announced <> 'online')
execute function app.route_arrived_operator();

create function app.follow_routing() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if new.routing = 'off' then
    update public.conversations as c set queued_at = null
    where c.organization_id = new.organization_id and c.site_id = new.id and c.queued_at is not null;
  elsif old.routing = 'off' then
    update public.conversations as c set queued_at = c.waiting_since
    where c.site_id = new.id and c.status = 'open' and c.assignee_id is null and c.waiting_since is not null;
  end if;
  perform app.route_waiting(new.organization_id);
  return null;
end $$;
comment on function app.follow_routing is 'Switched on, it begins with those who wait for an answer and whom nobody has.';
-- Named to run after what looks at the status of a site, whose rows are locked before this lock everywhere.
create constraint trigger z_follow_routing after update of routing, routing_online_only, archived_at on public.sites
deferrable initially deferred for each row when (
  (old.routing, old.routing_online_only, old.archived_at) is distinct from (new.routing, new.routing_online_only, new.archived_at)
)
execute function app.follow_routing();

create or replace function app.release_conversations() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c set
    assignee_id = null,
    queued_at = case when c.status = 'open' and exists (
      select from public.sites as s where s.id = c.site_id and s.routing = 'round_robin' and s.archived_at is null
    ) then coalesce(c.waiting_since, clock_timestamp()) end
  where c.assignee_id = old.user_id and c.organization_id = old.organization_id and c.status <> 'closed'
    and exists (select from public.organizations as o where o.id = old.organization_id)
    and not app.works_on_site(c.assignee_id, c.site_id);
  return null;
end $$;
comment on function app.release_conversations is
  'Whoever lost access to a site loses the open conversations there: they wait for somebody else, who gets them by itself where the site does that.';

-- Whoever comes online and is given something by that has not taken it: they are told.
create or replace function app.notify_assignee() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  routed constant boolean := coalesce(current_setting('app.routing', true), '') = 'on';
begin
  if routed or new.assignee_id is distinct from app.my_user_id() then
    perform app.notify_member(
      new.organization_id, new.assignee_id, 'assigned', 'assigned:' || new.id || ':' || pg_current_xact_id(), new.id,
      jsonb_build_object('author_id', case when not routed then app.my_user_id() end, 'seq', new.last_seq)
    );
  end if;
  return null;
end $$;
comment on function app.notify_assignee is 'Whoever is given a conversation by somebody else, or by itself, hears of it.';
drop trigger notify_assignee on public.conversations;
create trigger notify_assignee after update of assignee_id on public.conversations
for each row when (new.assignee_id is not null and new.assignee_id is distinct from old.assignee_id)
execute function app.notify_assignee();
