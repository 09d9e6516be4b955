-- security definer: nobody writes memberships but functions.
create function public.leave_organization(organization_id uuid) returns void
language sql volatile security definer set search_path = ''
as $$
  delete from public.memberships
  where memberships.organization_id = leave_organization.organization_id
    and memberships.user_id = (select auth.uid())
$$;
comment on function public.leave_organization is 'Ends the caller''s own membership; the last owner stays.';

-- security definer: for the same reason.
create function public.transfer_ownership(organization_id uuid, user_id uuid) returns public.memberships
language plpgsql volatile security definer set search_path = ''
as $$
declare
  heir public.memberships;
begin
  perform from public.organizations as o where o.id = transfer_ownership.organization_id for no key update;
  perform app.require_role(transfer_ownership.organization_id, 'admin');
  select * into heir from public.memberships as m
  where m.organization_id = transfer_ownership.organization_id and m.user_id = transfer_ownership.user_id
    and m.deactivated_at is null;
  if heir.user_id is null then
    perform app.refuse(404, 'member_not_found');
  end if;
  -- A repeat after a lost answer: it is done already, and the caller is no owner any more.
  if heir.role = 'owner' and heir.user_id <> (select auth.uid())
    and transfer_ownership.organization_id <> all (array(select app.my_organization_ids('owner')))
  then
    return heir;
  end if;
  perform app.require_role(transfer_ownership.organization_id, 'owner');
  update public.memberships as m set role = 'owner'
  where m.organization_id = heir.organization_id and m.user_id = heir.user_id
  returning m.* into heir;
  update public.memberships as m set role = 'admin'
  where m.organization_id = heir.organization_id and m.user_id = (select auth.uid()) and m.user_id <> heir.user_id;
  return heir;
end $$;
comment on function public.transfer_ownership is 'Makes a colleague the owner and the calling owner an admin; returns the new owner''s membership.';

-- security definer: for the same reason.
create function public.delete_organization(organization_id uuid, name text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization public.organizations;
begin
  select * into organization from public.organizations as o where o.id = delete_organization.organization_id for update;
  if organization.deleted_by = (select auth.uid()) then
    return;
  end if;
  perform app.require_role(delete_organization.organization_id, 'owner');
  if btrim(delete_organization.name) is distinct from organization.name then
    perform app.refuse(422, 'name_mismatch');
  end if;
  update public.organizations as o set deleted_at = now(), deleted_by = (select auth.uid()) where o.id = organization.id;
  update public.sites as s set archived_at = coalesce(s.archived_at, now()) where s.organization_id = organization.id;
  delete from public.memberships as m where m.organization_id = organization.id;
  perform app.enqueue_job(
    'erase_organization', jsonb_build_object('organization_id', organization.id),
    dedupe_key => 'erase_organization:' || organization.id
  );
end $$;
comment on function public.delete_organization is
  'Ends an organisation for everybody at once; the owner types its name. Rows and files are erased by a job: there may be millions.';

create function public.erase_organization(organization_id uuid) returns boolean
language sql volatile security invoker set search_path = ''
as $$
  with erased as (
    delete from public.organizations
    where organizations.id = erase_organization.organization_id and organizations.deleted_at is not null
    returning organizations.id
  )
  select exists (select from erased)
$$;
comment on function public.erase_organization is
  'For the job erase_organization, after the files: removes every row of an organisation that its owner deleted.';

revoke execute on function public.erase_organization from public, anon, authenticated;
grant execute on function public.erase_organization to service_role;
grant execute on function
  public.leave_organization, public.transfer_ownership, public.delete_organization
to authenticated;
