create function app.lock_invitation(invitation_id uuid) returns public.invitations
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  invitation public.invitations;
begin
  select * into invitation from public.invitations as i where i.id = lock_invitation.invitation_id for update;
  if not coalesce(invitation.organization_id = any (array(select app.my_organization_ids('admin'))), false) then
    perform app.refuse(404, 'invitation_not_found');
  end if;
  if invitation.role = 'owner' then
    perform app.require_role(invitation.organization_id, 'owner');
  end if;
  if invitation.accepted_at is not null then
    perform app.refuse(409, 'invitation_used');
  end if;
  return invitation;
end $$;
comment on function app.lock_invitation is 'An invitation that still waits, of an organisation whose admin calls.';

-- security definer: nobody writes invitations but functions; the tokens are private.
create function public.resend_invitation(invitation_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  invitation public.invitations := app.lock_invitation(resend_invitation.invitation_id);
begin
  if invitation.revoked_at is not null then
    perform app.refuse(410, 'invitation_revoked');
  end if;
  perform app.take_token('invitation:' || invitation.organization_id, 50, 10);
  delete from private.invitation_tokens as t where t.invitation_id = invitation.id;
  update public.invitations as i set expires_at = now() + interval '7 days' where i.id = invitation.id
  returning i.* into invitation;
  perform app.mail_invitation(invitation);
  return app.invitation_with_token(invitation);
end $$;
comment on function public.resend_invitation is 'Seven more days and a new link; links sent before stop working.';

-- security definer: for the same reason.
create function public.revoke_invitation(invitation_id uuid) returns public.invitations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  invitation public.invitations := app.lock_invitation(revoke_invitation.invitation_id);
begin
  update public.invitations as i set revoked_at = coalesce(i.revoked_at, now()) where i.id = invitation.id
  returning i.* into invitation;
  return invitation;
end $$;
comment on function public.revoke_invitation is 'Its links stop working at once.';

create function app.invitation_of(token text) returns public.invitations
language sql stable security invoker set search_path = ''
as $$
  select i.* from public.invitations as i
  join private.invitation_tokens as t on t.invitation_id = i.id
  join public.organizations as o on o.id = i.organization_id
  where t.token_hash = app.hash_secret(invitation_of.token) and o.deleted_at is null
$$;

-- security definer: whoever has the link may see what it is about, before signing in.
create function public.read_invitation(token text) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'organization_id', i.organization_id,
    'organization_name', (select o.name from public.organizations as o where o.id = i.organization_id),
    'invited_by_name', (select p.display_name from public.profiles as p where p.id = i.invited_by),
    'email', i.email, 'role', i.role, 'expires_at', i.expires_at,
    'state', case
      when i.accepted_at is not null then 'accepted'
      when i.revoked_at is not null then 'revoked'
      when i.expires_at < now() then 'expired'
      else 'waiting' end
  )
  from app.invitation_of(read_invitation.token) as i where i.id is not null
$$;
comment on function public.read_invitation is 'What a link invites to, for the page that it opens; null for an unknown token.';

create function app.check_acceptance(invitation public.invitations) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  address text := (select lower(users.email) from auth.users
    where users.id = (select auth.uid()) and users.email_confirmed_at is not null);
begin
  if invitation.id is null then
    perform app.refuse(404, 'invitation_not_found');
  end if;
  -- A link that was passed on must not let anybody else in.
  if address is distinct from invitation.email then
    perform app.refuse(403, 'invitation_other_email');
  end if;
  if invitation.revoked_at is not null then
    perform app.refuse(410, 'invitation_revoked');
  end if;
  if invitation.accepted_at is not null then
    perform app.refuse(409, 'invitation_used');
  end if;
  if invitation.expires_at < now() then
    perform app.refuse(410, 'invitation_expired');
  end if;
end $$;

-- security definer: the invited person has no right in the organisation yet.
create function public.accept_invitation(token text) returns public.memberships
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
comment on function public.accept_invitation is
  'Makes the invited person, known by a confirmed e-mail address, a member; a repeat returns the membership.';

create function public.issue_invitation_token(invitation_id uuid) returns text
language sql volatile security definer set search_path = ''
as $$
  select app.new_invitation_token(i.id) from public.invitations as i
  where i.id = issue_invitation_token.invitation_id and i.accepted_at is null and i.revoked_at is null
    and i.expires_at > now()
$$;
comment on function public.issue_invitation_token is
  'For the job send_invitation: a token for the link in the e-mail; null when nothing is to be sent any more. security definer: tokens are private.';

revoke execute on function public.issue_invitation_token from public, anon, authenticated;
grant execute on function public.issue_invitation_token to service_role;
grant execute on function public.read_invitation to anon, authenticated;
grant execute on function
  public.resend_invitation, public.revoke_invitation, public.accept_invitation
to authenticated;
