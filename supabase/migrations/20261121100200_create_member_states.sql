alter table public.memberships
add column capacity integer check (capacity between 0 and 1000),
add column deactivated_at timestamptz,
add column updated_at timestamptz not null default now();
comment on column public.memberships.capacity is 'Most open conversations assigned automatically at once; null is no limit.';
comment on column public.memberships.deactivated_at is 'Since when the member has no access; the seat and history stay.';

alter table public.organizations
add column deleted_at timestamptz,
add column deleted_by uuid;
comment on column public.organizations.deleted_at is 'Nobody is a member any more and its sites are archived; a job erases the rows and files.';

create trigger touch_updated_at before update on public.memberships
for each row execute function app.touch_updated_at();

-- In PL/pgSQL, which keeps a plan per connection: a function in SQL with a search path of its own is planned at each call,
-- and these begin every query of an operator.
create function app.my_user_id() returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- A subject in a visitor's token must mean nothing.
  return case when auth.jwt() ->> 'role' = 'authenticated' then auth.uid() end;
end $$;
comment on function app.my_user_id is 'The account that calls; null for visitors and for the service.';
grant execute on function app.my_user_id to authenticated;

-- security definer: the rule reads tables whose policies use it.
create or replace function app.my_organization_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select memberships.organization_id from public.memberships
    where memberships.user_id = app.my_user_id()
      and memberships.role <= my_organization_ids.min_role and memberships.deactivated_at is null;
end $$;

-- security definer: the rule reads tables whose policies use it.
create or replace function app.my_site_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select sites.id from public.memberships
    join public.sites on sites.organization_id = memberships.organization_id
    where memberships.user_id = app.my_user_id()
      and memberships.role <= my_site_ids.min_role
      and memberships.deactivated_at is null
      and (
        memberships.role <= 'admin'
        or exists (
          select from public.site_operators
          where site_operators.site_id = sites.id and site_operators.user_id = memberships.user_id
        )
      );
end $$;

-- security definer: must count owners whom the caller may not see, also in a deletion by Supabase Auth.
create function app.keep_an_owner() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stays boolean := tg_op = 'UPDATE' and new.role = 'owner' and new.deactivated_at is null;
begin
  if not stays then
    -- Two owners who leave at once take turns here, and the second is seen as the last.
    perform from public.organizations as o where o.id = old.organization_id and o.deleted_at is null for no key update;
    if found and not exists (
      select from public.memberships as m
      where m.organization_id = old.organization_id and m.user_id <> old.user_id
        and m.role = 'owner' and m.deactivated_at is null
    ) then
      perform app.refuse(409, 'last_owner');
    end if;
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
comment on function app.keep_an_owner is 'An organisation that is not being deleted always keeps an active owner.';

create trigger keep_an_owner_on_update before update of role, deactivated_at on public.memberships
for each row when (old.role = 'owner' and old.deactivated_at is null)
execute function app.keep_an_owner();
create trigger keep_an_owner_on_delete before delete on public.memberships
for each row when (old.role = 'owner' and old.deactivated_at is null)
execute function app.keep_an_owner();

-- security definer: nobody but functions writes conversations.
create function app.release_conversations() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c set assignee_id = null
  where c.assignee_id = old.user_id and c.organization_id = old.organization_id and c.status <> 'closed'
    and exists (select from public.organizations as o where o.id = old.organization_id)
    and not exists (
      select from public.memberships as m
      where m.organization_id = c.organization_id and m.user_id = c.assignee_id and m.deactivated_at is null
        and (m.role <= 'admin' or exists (
          select from public.site_operators as s where s.site_id = c.site_id and s.user_id = c.assignee_id
        ))
    );
  return null;
end $$;
comment on function app.release_conversations is
  'Whoever lost access to a site loses the open conversations there: they wait for somebody else.';

create trigger release_conversations after update of role, deactivated_at or delete on public.memberships
for each row execute function app.release_conversations();
create trigger release_conversations after delete on public.site_operators
for each row execute function app.release_conversations();
