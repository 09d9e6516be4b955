create function app.require_role(organization_id uuid, min_role public.member_role) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if not coalesce(require_role.organization_id = any (array(select app.my_organization_ids())), false) then
    perform app.refuse(404, 'organization_not_found');
  end if;
  if require_role.organization_id <> all (array(select app.my_organization_ids(require_role.min_role))) then
    perform app.refuse(403, 'forbidden');
  end if;
end $$;
comment on function app.require_role is
  'Goes on when the caller holds this role or a stronger one; a foreign organisation looks like one that does not exist.';

create function app.clean_name(name text, max_length integer default 120) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  cleaned text := btrim(clean_name.name);
begin
  if cleaned is null or char_length(cleaned) not between 1 and clean_name.max_length then
    perform app.refuse(422, 'invalid_input', '{"argument": "name"}');
  end if;
  return cleaned;
end $$;

-- security definer: nobody writes memberships but the functions of this file.
create function public.create_organization(organization_id uuid, name text) returns public.organizations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization public.organizations;
  cleaned text := app.clean_name(create_organization.name);
begin
  if create_organization.organization_id is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "organization_id"}');
  end if;
  insert into public.organizations (id, name) values (create_organization.organization_id, cleaned)
  on conflict (id) do nothing;
  if found then
    perform app.take_token('organization:' || (select auth.uid()), 10, 1);
    insert into public.memberships (organization_id, user_id, role)
    values (create_organization.organization_id, (select auth.uid()), 'owner');
  elsif create_organization.organization_id <> all (array(select app.my_organization_ids('owner'))) then
    perform app.refuse(409, 'id_conflict');
  end if;
  select * into organization from public.organizations as o where o.id = create_organization.organization_id;
  return organization;
end $$;
comment on function public.create_organization is
  'Makes an organisation with the caller as owner, once per id; a repeat returns it.';

-- One change of a team at a time: whoever comes second sees what the first has done.
create function app.lock_member(organization_id uuid, user_id uuid) returns public.memberships
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  member public.memberships;
begin
  perform from public.organizations as o where o.id = lock_member.organization_id for no key update;
  perform app.require_role(lock_member.organization_id, 'admin');
  select * into member from public.memberships as m
  where m.organization_id = lock_member.organization_id and m.user_id = lock_member.user_id;
  if member.role = 'owner' then
    perform app.require_role(lock_member.organization_id, 'owner');
  end if;
  return member;
end $$;
comment on function app.lock_member is
  'The member, whom the caller may change: admins all but owners, owners everybody. Null when there is none.';

create function app.change_member(
  member public.memberships, role public.member_role, capacity integer, deactivated_at timestamptz
) returns public.memberships
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  changed public.memberships;
begin
  if member.user_id is null then
    perform app.refuse(404, 'member_not_found');
  end if;
  update public.memberships as m set
    role = change_member.role, capacity = change_member.capacity, deactivated_at = change_member.deactivated_at
  where m.organization_id = member.organization_id and m.user_id = member.user_id
  returning m.* into changed;
  return changed;
end $$;

-- security definer: as create_organization.
create function public.set_member_role(organization_id uuid, user_id uuid, role public.member_role)
returns public.memberships
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(set_member_role.organization_id, set_member_role.user_id);
begin
  if set_member_role.role is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "role"}');
  end if;
  if set_member_role.role = 'owner' then
    perform app.require_role(set_member_role.organization_id, 'owner');
  end if;
  return app.change_member(member, set_member_role.role, member.capacity, member.deactivated_at);
end $$;
comment on function public.set_member_role is 'Owners set any role, admins all but owner; the last owner stays.';

-- security definer: as create_organization.
create function public.set_member_capacity(organization_id uuid, user_id uuid, capacity integer)
returns public.memberships
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(set_member_capacity.organization_id, set_member_capacity.user_id);
begin
  if set_member_capacity.capacity not between 0 and 1000 then
    perform app.refuse(422, 'invalid_input', '{"argument": "capacity"}');
  end if;
  return app.change_member(member, member.role, set_member_capacity.capacity, member.deactivated_at);
end $$;
comment on function public.set_member_capacity is 'Most open conversations assigned automatically at once; null is no limit.';

-- security definer: as create_organization.
create function public.set_member_active(organization_id uuid, user_id uuid, active boolean)
returns public.memberships
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(set_member_active.organization_id, set_member_active.user_id);
begin
  if set_member_active.active is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "active"}');
  end if;
  return app.change_member(
    member, member.role, member.capacity,
    case when not set_member_active.active then coalesce(member.deactivated_at, now()) end
  );
end $$;
comment on function public.set_member_active is
  'Takes a member''s access away at once or gives it back; their open conversations become unassigned.';

-- security definer: as create_organization.
create function public.remove_member(organization_id uuid, user_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(remove_member.organization_id, remove_member.user_id);
begin
  delete from public.memberships as m
  where m.organization_id = member.organization_id and m.user_id = member.user_id;
end $$;
comment on function public.remove_member is
  'Ends a membership; open conversations become unassigned. Nothing happens when it has ended already.';

grant execute on function
  public.create_organization, public.set_member_role, public.set_member_capacity, public.set_member_active,
  public.remove_member
to authenticated;
