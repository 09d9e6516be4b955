-- Every query and event of an operator begins with "which sites are mine": a join of three tables, by far the most of
-- what row-level security costs. Here the answer lies ready, and one index has all of it.
create table private.site_access (
  user_id uuid not null,
  site_id uuid not null,
  organization_id uuid not null,
  role public.member_role not null,
  primary key (user_id, site_id) include (role)
);
comment on table private.site_access is
  'Who works on which site, and as what: the rows of private.expected_site_access, kept by triggers within the statement that changes a team. No foreign keys: their locks and those of the triggers would wait for each other in a circle.';
create index on private.site_access (organization_id);
alter table private.site_access enable row level security;

create view private.expected_site_access with (security_invoker = true) as
select memberships.user_id, sites.id as site_id, sites.organization_id, memberships.role
from public.memberships
join public.sites on sites.organization_id = memberships.organization_id
where memberships.deactivated_at is null
  and (
    memberships.role <= 'admin'
    or exists (
      select from public.site_operators
      where site_operators.site_id = sites.id and site_operators.user_id = memberships.user_id
    )
  );
comment on view private.expected_site_access is
  'The rule itself: owners and admins work on all sites of the organisation, operators on the assigned ones, nobody while deactivated.';

-- security definer: called by triggers of whoever changes a team, the table is private.
create function app.refresh_site_access(organization_id uuid, user_id uuid default null, site_id uuid default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- An older snapshot would not show what the change before this one has done.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'teams and sites are changed in read committed transactions only' using errcode = 'feature_not_supported';
  end if;
  -- Two changes of an organisation take turns: whoever comes second sees what the first has done, and neither keeps a row
  -- that the other made wrong.
  perform from public.organizations as o where o.id = refresh_site_access.organization_id for no key update;
  delete from private.site_access as kept
  where kept.organization_id = refresh_site_access.organization_id
    and (refresh_site_access.user_id is null or kept.user_id = refresh_site_access.user_id)
    and (refresh_site_access.site_id is null or kept.site_id = refresh_site_access.site_id)
    and not exists (
      select from private.expected_site_access as e where e.user_id = kept.user_id and e.site_id = kept.site_id
    );
  insert into private.site_access as kept (user_id, site_id, organization_id, role)
  select e.user_id, e.site_id, e.organization_id, e.role from private.expected_site_access as e
  where e.organization_id = refresh_site_access.organization_id
    and (refresh_site_access.user_id is null or e.user_id = refresh_site_access.user_id)
    and (refresh_site_access.site_id is null or e.site_id = refresh_site_access.site_id)
  on conflict on constraint site_access_pkey do update set role = excluded.role where kept.role <> excluded.role;
end $$;
comment on function app.refresh_site_access is
  'Makes private.site_access of an organisation, or of one member or site of it, what private.expected_site_access says.';

create function app.keep_site_access() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed jsonb;
begin
  for changed in
    select distinct jsonb_build_object(
      'organization_id', row.value -> 'organization_id', 'user_id', row.value -> 'user_id',
      'site_id', case tg_table_name when 'sites' then row.value -> 'id' else row.value -> 'site_id' end
    )
    from (values (to_jsonb(old)), (to_jsonb(new))) as row (value) where row.value is not null
  loop
    perform app.refresh_site_access(
      (changed ->> 'organization_id')::uuid, (changed ->> 'user_id')::uuid, (changed ->> 'site_id')::uuid
    );
  end loop;
  return null;
end $$;
comment on function app.keep_site_access is
  'After a membership, an assignment or a site came, changed or went. security definer: the table is private.';

-- Named to run before the triggers that ask who works where.
create trigger access_changes after insert or delete or update of organization_id, user_id, role, deactivated_at on public.memberships
for each row execute function app.keep_site_access();
create trigger access_changes after insert or delete or update of site_id, organization_id, user_id on public.site_operators
for each row execute function app.keep_site_access();
create trigger access_changes after insert or delete or update of id, organization_id on public.sites
for each row execute function app.keep_site_access();

insert into private.site_access (user_id, site_id, organization_id, role)
select user_id, site_id, organization_id, role from private.expected_site_access;

-- security definer: the answer is private.
create or replace function app.my_site_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer rows 5 set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
begin
  return query
    select mine.site_id from private.site_access as mine
    where mine.user_id = me and mine.role <= my_site_ids.min_role;
end $$;

create or replace function app.works_on_site(user_id uuid, site_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from private.site_access as theirs
    where theirs.user_id = works_on_site.user_id and theirs.site_id = works_on_site.site_id
  );
end $$;
comment on function app.works_on_site is
  'Whether a member answers on a site: what app.my_site_ids says of the caller. security definer: the answer is private.';

-- security definer: nobody but functions writes conversations.
create or replace function app.release_conversations() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c set assignee_id = null
  where c.assignee_id = old.user_id and c.organization_id = old.organization_id and c.status <> 'closed'
    and exists (select from public.organizations as o where o.id = old.organization_id)
    and not app.works_on_site(c.assignee_id, c.site_id);
  return null;
end $$;
