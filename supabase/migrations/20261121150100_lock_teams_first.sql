-- Who changes a team locks the organisation before any row of the team, as app.lock_member does: the triggers of
-- private.site_access take the same lock, and in another order two changes would wait for each other in a circle.
create function app.lock_team(organization_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform from public.organizations as o where o.id = lock_team.organization_id for no key update;
end $$;
comment on function app.lock_team is 'Lets the changes of a team take turns until the end of the transaction.';

-- security definer: nobody writes memberships but functions.
create or replace function public.leave_organization(organization_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- A stranger must not make a foreign team wait.
  if not exists (
    select from public.memberships as m
    where m.organization_id = leave_organization.organization_id and m.user_id = (select auth.uid())
  ) then
    return;
  end if;
  perform app.lock_team(leave_organization.organization_id);
  delete from public.memberships as m
  where m.organization_id = leave_organization.organization_id and m.user_id = (select auth.uid());
end $$;

-- security definer: nobody writes site_operators but functions.
create or replace function public.set_site_operators(site_id uuid, user_ids uuid[]) returns setof public.site_operators
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.require_site_admin(set_site_operators.site_id);
  wanted uuid[] := coalesce(set_site_operators.user_ids, '{}');
begin
  perform app.lock_team(site.organization_id);
  delete from public.site_operators as s where s.site_id = site.id and s.user_id <> all (wanted);
  insert into public.site_operators (site_id, organization_id, user_id)
  select site.id, site.organization_id, wanted_id from unnest(wanted) as wanted_id
  on conflict do nothing;
  return query select s.* from public.site_operators as s where s.site_id = site.id;
exception when foreign_key_violation or not_null_violation then
  perform app.refuse(404, 'member_not_found');
end $$;

-- security definer: the invited person has no right in the organisation yet.
create or replace function public.accept_invitation(token text) returns public.memberships
language plpgsql volatile security definer set search_path = ''
as $$
declare
  invitation public.invitations;
  member public.memberships;
  me uuid := (select auth.uid());
begin
  perform from public.invitations as i where i.id = (app.invitation_of(accept_invitation.token)).id for update;
  invitation := app.invitation_of(accept_invitation.token);
  select * into member from public.memberships as m
  where m.organization_id = invitation.organization_id and m.user_id = me and m.deactivated_at is null;
  if member.user_id is not null and invitation.accepted_by = me then
    return member;
  end if;
  perform app.check_acceptance(invitation);
  perform app.lock_team(invitation.organization_id);
  -- An active member keeps the role; somebody deactivated comes back with the new one.
  insert into public.memberships as known (organization_id, user_id, role)
  values (invitation.organization_id, me, invitation.role)
  on conflict on constraint memberships_pkey do update set
    role = case when known.deactivated_at is null then known.role else excluded.role end, deactivated_at = null
  returning known.* into member;
  insert into public.site_operators (site_id, organization_id, user_id)
  select s.id, s.organization_id, me from public.sites as s
  where s.id = any (invitation.site_ids) and s.organization_id = invitation.organization_id
  on conflict do nothing;
  update public.invitations as i set accepted_at = now(), accepted_by = me where i.id = invitation.id;
  return member;
end $$;
