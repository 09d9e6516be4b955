-- A password alone opens nothing where a second factor is set up: what asked for the account, not for a membership,
-- asks app.my_user_id() too. One's own profile stays readable: the page that asks for the code speaks its language.
create function app.refuse_password_alone() returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if public.second_factor_missing() then
    perform app.refuse(403, 'second_factor_required');
  end if;
end $$;
comment on function app.refuse_password_alone is
  'Refuses a session that has not shown the second factor which its account has set up.';

alter policy "people edit their own profile" on public.profiles
using (id = (select app.my_user_id()))
with check (id = (select app.my_user_id()));

alter policy "people see the files of their own picture" on storage.objects
using (bucket_id = 'avatars' and split_part(name, '/', 1) = (select app.my_user_id())::text);
alter policy "people store their own picture" on storage.objects
with check (bucket_id = 'avatars' and split_part(name, '/', 1) = (select app.my_user_id())::text);
alter policy "people remove their own picture" on storage.objects
using (bucket_id = 'avatars' and split_part(name, '/', 1) = (select app.my_user_id())::text);

-- security definer: nobody writes memberships but functions.
create or replace function public.create_organization(organization_id uuid, name text) returns public.organizations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  organization public.organizations;
  cleaned text := app.clean_name(create_organization.name);
begin
  perform app.refuse_password_alone();
  if create_organization.organization_id is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "organization_id"}');
  end if;
  insert into public.organizations (id, name) values (create_organization.organization_id, cleaned)
  on conflict (id) do nothing;
  if found then
    perform app.take_token('organization:' || app.my_user_id(), 10, 1);
    insert into public.memberships (organization_id, user_id, role)
    values (create_organization.organization_id, app.my_user_id(), 'owner');
  elsif create_organization.organization_id <> all (array(select app.my_organization_ids('owner'))) then
    perform app.refuse(409, 'id_conflict');
  end if;
  select * into organization from public.organizations as o where o.id = create_organization.organization_id;
  return organization;
end $$;

-- security definer: for the same reason.
create or replace function public.leave_organization(organization_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
begin
  perform app.refuse_password_alone();
  -- A stranger must not make a foreign team wait.
  if not exists (
    select from public.memberships as m
    where m.organization_id = leave_organization.organization_id and m.user_id = me
  ) then
    return;
  end if;
  perform app.lock_team(leave_organization.organization_id);
  delete from public.memberships as m
  where m.organization_id = leave_organization.organization_id and m.user_id = me;
end $$;

-- security definer: the invited person has no right in the organisation yet.
create or replace function public.accept_invitation(token text) returns public.memberships
language plpgsql volatile security definer set search_path = ''
as $$
declare
  invitation public.invitations;
  member public.memberships;
  me constant uuid := app.my_user_id();
begin
  perform app.refuse_password_alone();
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

-- security definer: preferences are private.
create or replace function public.get_notification_preferences() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  chosen private.notification_preferences;
begin
  select * into chosen from private.notification_preferences as p where p.user_id = me;
  if chosen.user_id is null and not exists (select from public.profiles as p where p.id = me) then
    return null;
  end if;
  return jsonb_build_object(
    'events', app.default_notification_events() || coalesce(chosen.events, '{}'),
    'quiet', case when chosen.quiet_from is not null then jsonb_build_object(
      'from', to_char(chosen.quiet_from, 'HH24:MI'), 'until', to_char(chosen.quiet_until, 'HH24:MI'), 'days', chosen.quiet_days
    ) end,
    'time_zone', coalesce(chosen.time_zone, (select p.time_zone from public.profiles as p where p.id = me)),
    'email_after_minutes', coalesce(chosen.email_after_minutes, 15)
  );
end $$;
