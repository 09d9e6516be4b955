alter table public.organizations add column requires_second_factor boolean not null default false;
comment on column public.organizations.requires_second_factor is
  'Only members with a second factor get at anything of the organisation.';

-- Beside the role, so that no rule about operators asks one table more than before.
alter table public.memberships add column factor_missing boolean not null default false;
comment on column public.memberships.factor_missing is
  'The organisation asks for a second factor and the member has set none up: without access until then. Kept by triggers.';

create index memberships_of_member on public.memberships (user_id)
include (organization_id, role, deactivated_at, factor_missing);
drop index public.memberships_of_user;

-- security definer: Auth's tables are not for everybody.
create function app.has_second_factor(user_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from auth.mfa_factors as factor
    where factor.user_id = has_second_factor.user_id and factor.status = 'verified'
  );
end $$;
comment on function app.has_second_factor is 'Whether an account has set a second factor up.';

-- security definer: the rule reads tables whose policies use it.
create or replace function app.my_organization_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select memberships.organization_id from public.memberships
    where memberships.user_id = app.my_user_id()
      and memberships.role <= my_organization_ids.min_role
      and memberships.deactivated_at is null and not memberships.factor_missing;
end $$;

create or replace view private.expected_site_access with (security_invoker = true) as
select memberships.user_id, sites.id as site_id, sites.organization_id, memberships.role
from public.memberships
join public.sites on sites.organization_id = memberships.organization_id
where memberships.deactivated_at is null and not memberships.factor_missing
  and (
    memberships.role <= 'admin'
    or exists (
      select from public.site_operators
      where site_operators.site_id = sites.id and site_operators.user_id = memberships.user_id
    )
  );
comment on view private.expected_site_access is
  'The rule itself: owners and admins work on all sites of the organisation, operators on the assigned ones, nobody while deactivated or without the second factor that the organisation asks for.';

drop trigger access_changes on public.memberships;
create trigger access_changes
after insert or delete or update of organization_id, user_id, role, deactivated_at, factor_missing on public.memberships
for each row execute function app.keep_site_access();

drop trigger follow_operator_change on public.memberships;
create constraint trigger follow_operator_change
after update of role, deactivated_at, factor_missing on public.memberships
deferrable initially deferred for each row execute function app.follow_operator();

-- security definer: nobody writes memberships but functions.
create function app.mark_missing_factors(organization_id uuid, user_id uuid default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.memberships as m set factor_missing = not m.factor_missing
  from public.organizations as o
  where o.id = mark_missing_factors.organization_id and m.organization_id = o.id
    and (mark_missing_factors.user_id is null or m.user_id = mark_missing_factors.user_id)
    and m.factor_missing <> (o.requires_second_factor and not app.has_second_factor(m.user_id));
end $$;
comment on function app.mark_missing_factors is
  'Makes memberships.factor_missing of an organisation, or of one member, what Auth knows. The caller has locked the team.';

-- security definer: a factor comes and goes by Auth, whose role knows nothing of teams.
create function app.follow_second_factor() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  person constant uuid := case tg_op when 'DELETE' then old.user_id else new.user_id end;
  team uuid;
begin
  -- With the account everything of it goes.
  if not exists (select from auth.users as u where u.id = person) then
    return null;
  end if;
  -- Somebody who joins at this moment, and a team that begins to ask for a factor, take turns with this.
  perform from public.profiles as p where p.id = person for no key update;
  for team in
    select m.organization_id from public.memberships as m where m.user_id = person order by m.organization_id
  loop
    perform app.lock_team(team);
    perform app.mark_missing_factors(team, person);
  end loop;
  return null;
end $$;
comment on function app.follow_second_factor is 'Opens an organisation that asks for a second factor when one is set up, and closes it when the last is gone.';
-- Auth owns the table. A hosted project grants TRIGGER on it; one that does not is looked after by the schedule
-- (app.follow_second_factors), so a deployment need not fail here.
do $$
begin
  create trigger follow_second_factor after insert or delete or update of status, user_id on auth.mfa_factors
  for each row execute function app.follow_second_factor();
exception when insufficient_privilege then
  raise warning 'no trigger on auth.mfa_factors: second factors are noticed within a minute, not at once';
end $$;

-- security definer: the invited person may not read the organisation yet.
create function app.ask_joining_factor() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform from public.profiles as p where p.id = new.user_id for share;
  new.factor_missing := not app.has_second_factor(new.user_id) and exists (
    select from public.organizations as o where o.id = new.organization_id and o.requires_second_factor
  );
  return new;
end $$;
comment on function app.ask_joining_factor is 'Whoever joins an organisation that asks for a second factor begins outside without one.';
create trigger ask_joining_factor before insert on public.memberships
for each row execute function app.ask_joining_factor();

-- security definer: nobody writes these columns but functions.
create function public.require_second_factor(organization_id uuid, required boolean) returns public.organizations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization public.organizations;
begin
  perform app.require_role(require_second_factor.organization_id, 'owner');
  if require_second_factor.required is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "required"}');
  end if;
  -- Whoever closes the door must stand inside.
  if require_second_factor.required and not app.has_second_factor(app.my_user_id()) then
    perform app.refuse(409, 'own_factor_missing');
  end if;
  perform app.lock_team(require_second_factor.organization_id);
  update public.organizations as o set requires_second_factor = require_second_factor.required
  where o.id = require_second_factor.organization_id
  returning o.* into organization;
  perform app.mark_missing_factors(organization.id);
  return organization;
end $$;
comment on function public.require_second_factor is
  'Closes an organisation to members without a second factor, or opens it again; owners who have one themselves.';

-- security definer: the names of organisations that are closed to the caller until a factor is set up.
create function public.list_my_organizations() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', o.id, 'name', o.name, 'role', m.role,
      'requires_second_factor', o.requires_second_factor, 'factor_missing', m.factor_missing
    ) order by lower(o.name), o.id), '[]')
    from public.memberships as m
    join public.organizations as o on o.id = m.organization_id
    where m.user_id = me and m.deactivated_at is null
  );
end $$;
comment on function public.list_my_organizations is
  'MyOrganization[]: where the caller is an active member, also where a second factor is asked for and missing.';

grant execute on function public.require_second_factor, public.list_my_organizations to authenticated;

-- security definer: addresses, factors and presence are private, and admins may see those of their own team.
create or replace function public.list_team(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform app.require_role(list_team.organization_id, 'admin');
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'user_id', m.user_id, 'name', p.display_name, 'avatar_url', p.avatar_url, 'email', u.email, 'role', m.role,
      'capacity', m.capacity, 'deactivated_at', m.deactivated_at, 'joined_at', m.created_at,
      'second_factor', app.has_second_factor(m.user_id),
      'presence', coalesce(
        (select app.presence_of(r) from private.operator_presence as r where r.user_id = m.user_id), 'offline'
      ),
      'site_ids', (
        select coalesce(jsonb_agg(o.site_id order by o.site_id), '[]') from public.site_operators as o
        where o.organization_id = m.organization_id and o.user_id = m.user_id
      ),
      'open_conversations', (
        select count(*) from public.conversations as c
        where c.assignee_id = m.user_id and c.organization_id = m.organization_id and c.status <> 'closed'
      )
    ) order by m.deactivated_at is not null, m.role, p.display_name), '[]')
    from public.memberships as m
    join public.profiles as p on p.id = m.user_id
    join auth.users as u on u.id = m.user_id
    where m.organization_id = list_team.organization_id
  );
end $$;
