create table public.invitations (
  id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  email text not null check (char_length(email) between 3 and 254 and email = lower(email) and email like '_%@_%'),
  role public.member_role not null,
  site_ids uuid[] not null default '{}' check (cardinality(site_ids) <= 500),
  invited_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  accepted_at timestamptz,
  accepted_by uuid references public.profiles (id) on delete set null,
  revoked_at timestamptz,
  check (accepted_at is null or revoked_at is null)
);
comment on table public.invitations is 'Who was asked to join an organisation, by e-mail.';
comment on column public.invitations.site_ids is 'Sites on which a new operator will work.';
create unique index invitations_waiting on public.invitations (organization_id, email)
where accepted_at is null and revoked_at is null;
create index on public.invitations (organization_id, created_at desc);
create index on public.invitations (invited_by);
create index on public.invitations (accepted_by);

create table private.invitation_tokens (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  invitation_id uuid not null references public.invitations (id) on delete cascade,
  created_at timestamptz not null default now()
);
comment on table private.invitation_tokens is
  'SHA-256 of the token in each link: the one shown to the admin, the one in the e-mail.';
create index on private.invitation_tokens (invitation_id);
alter table private.invitation_tokens enable row level security;

alter table public.invitations enable row level security;
grant select on public.invitations to authenticated;

create policy "admins read the invitations of their organisations" on public.invitations
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

create function app.new_secret(prefix text) returns text
language sql volatile security invoker set search_path = ''
as $$
  select new_secret.prefix || translate(encode(extensions.gen_random_bytes(32), 'base64'), E'+/=\n', '-_')
$$;
comment on function app.new_secret is '256 random bits in letters that are safe in links and headers.';

create function app.hash_secret(secret text) returns bytea
language sql immutable security invoker set search_path = ''
as $$
  select extensions.digest(hash_secret.secret, 'sha256')
$$;

create function app.new_invitation_token(invitation_id uuid) returns text
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  token text := app.new_secret('inv_');
begin
  insert into private.invitation_tokens (token_hash, invitation_id)
  values (app.hash_secret(token), new_invitation_token.invitation_id);
  return token;
end $$;

create function app.invitation_with_token(invitation public.invitations) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select to_jsonb(invitation) || jsonb_build_object(
    'token', case when invitation.accepted_at is null and invitation.revoked_at is null
      then app.new_invitation_token(invitation.id) end
  )
$$;

create function app.stored_invitation(invitation_id uuid, organization_id uuid, email text) returns public.invitations
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  invitation public.invitations;
begin
  select * into invitation from public.invitations as i where i.id = stored_invitation.invitation_id;
  if invitation.id is not null
    and (invitation.organization_id, invitation.email) is distinct from (stored_invitation.organization_id, stored_invitation.email)
  then
    perform app.refuse(409, 'id_conflict');
  end if;
  return invitation;
end $$;
comment on function app.stored_invitation is 'The invitation of an earlier try with the same id.';

-- The raw token is never stored: the job makes one of its own when it writes the e-mail.
create function app.mail_invitation(invitation public.invitations) returns void
language sql volatile security invoker set search_path = ''
as $$
  select app.enqueue_job(
    'send_invitation', jsonb_build_object('invitation_id', invitation.id), invitation.organization_id,
    'send_invitation:' || invitation.id || ':' || extract(epoch from invitation.expires_at), priority => 3
  )
$$;

create function app.check_invitation(organization_id uuid, email text, role public.member_role, site_ids uuid[])
returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform app.require_role(
    check_invitation.organization_id,
    case check_invitation.role when 'owner' then 'owner' else 'admin' end::public.member_role
  );
  if check_invitation.role is null or check_invitation.email is null
    or check_invitation.email !~ '^[^@\s]+@[^@\s]+$' or char_length(check_invitation.email) > 254
  then
    perform app.refuse(422, 'invalid_input', '{"argument": "email"}');
  end if;
  if exists (
    select from unnest(check_invitation.site_ids) as wanted (id)
    where not exists (
      select from public.sites where sites.id = wanted.id and sites.organization_id = check_invitation.organization_id
    )
  ) then
    perform app.refuse(404, 'site_not_found');
  end if;
  if exists (
    select from public.memberships as m join auth.users on users.id = m.user_id
    where m.organization_id = check_invitation.organization_id and m.deactivated_at is null
      and lower(users.email) = check_invitation.email
  ) then
    perform app.refuse(409, 'already_member');
  end if;
end $$;

-- security definer: nobody writes invitations but the functions here; the tokens are private.
create function public.invite_member(
  invitation_id uuid, organization_id uuid, email text, role public.member_role, site_ids uuid[] default '{}'
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  invitation public.invitations;
  address text := lower(btrim(invite_member.email));
  sites uuid[] := coalesce(invite_member.site_ids, '{}');
begin
  perform app.require_role(invite_member.organization_id, 'admin');
  invitation := app.stored_invitation(invite_member.invitation_id, invite_member.organization_id, address);
  if invitation.id is not null then
    return app.invitation_with_token(invitation);
  end if;
  perform app.check_invitation(invite_member.organization_id, address, invite_member.role, sites);
  perform app.take_token('invitation:' || invite_member.organization_id, 50, 10);
  update public.invitations as i set revoked_at = now()
  where i.organization_id = invite_member.organization_id and i.email = address
    and i.accepted_at is null and i.revoked_at is null and i.expires_at < now();
  insert into public.invitations (id, organization_id, email, role, site_ids, invited_by)
  values (
    invite_member.invitation_id, invite_member.organization_id, address, invite_member.role, sites, (select auth.uid())
  )
  on conflict do nothing
  returning * into invitation;
  if invitation.id is not null then
    perform app.mail_invitation(invitation);
  else
    -- The same call at the same moment, or another invitation of the same person.
    invitation := app.stored_invitation(invite_member.invitation_id, invite_member.organization_id, address);
    if invitation.id is null then
      perform app.refuse(409, 'already_invited');
    end if;
  end if;
  return app.invitation_with_token(invitation);
exception when not_null_violation then
  perform app.refuse(422, 'invalid_input', '{"argument": "invitation_id"}');
end $$;
comment on function public.invite_member is
  'Invitation with a token for its link, and an e-mail to the invited person; once per id, a repeat returns it with another token.';

grant execute on function public.invite_member to authenticated;
