-- Whoever signed a lost laptop out was told that it could read on for up to an hour: as long as its access token lived.
-- The rule under everything that operators may do asks now whether the token's session goes on.
-- security definer: Auth's tables are not for everybody.
create or replace function app.my_user_id() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
  me uuid;
begin
  -- A subject in a visitor's token must mean nothing.
  if claims ->> 'role' is distinct from 'authenticated' then
    return null;
  end if;
  me := auth.uid();
  -- A refusal, not nothing: a console whose lists became empty would seem to have lost everything.
  if claims ? 'session_id' and not exists (
    select from auth.sessions as s where s.id = (claims ->> 'session_id')::uuid and s.user_id = me
  ) then
    perform app.refuse(401, 'session_required');
  end if;
  -- Half of signing in opens nothing: whoever has set up a second factor must have shown it in this session.
  if claims ->> 'aal' is distinct from 'aal2' and exists (
    select from auth.mfa_factors as factor where factor.user_id = me and factor.status = 'verified'
  ) then
    return null;
  end if;
  return me;
end $$;
comment on function app.my_user_id is
  'The account that calls; null for visitors, for the service, and for a password alone where a second factor is set up. '
  'Refuses a token whose session has ended.';

-- security definer: events are written to Realtime by the database alone.
create function app.tell_sessions(user_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.broadcast(array[('user:' || tell_sessions.user_id, 'session_ended', '{}')::app.broadcast]);
end $$;
comment on function app.tell_sessions is 'Open consoles of a person hear that one of their sessions has ended, and ask whether theirs goes on.';

-- security definer: sessions are Auth's.
create or replace function public.end_session(session_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from auth.sessions as s where s.id = end_session.session_id and s.user_id = app.my_user_id();
  if not found then
    return false;
  end if;
  perform app.tell_sessions(app.my_user_id());
  return true;
end $$;
comment on function public.end_session is 'Signs a device of the caller out, at once. False when there is no such session.';

-- security definer: for the same reason.
create function public.end_other_sessions() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  ended integer;
begin
  delete from auth.sessions as s where s.user_id = me and s.id::text is distinct from auth.jwt() ->> 'session_id';
  get diagnostics ended = row_count;
  if ended > 0 then
    perform app.tell_sessions(me);
  end if;
  return ended;
end $$;
comment on function public.end_other_sessions is 'Signs the caller out everywhere but here, at once; how many sessions that were.';
grant execute on function public.end_other_sessions to authenticated;

-- Whoever loses access while the console stands open hears of it as well: until now only those who stayed did, and an
-- open page went on showing conversations of a team that its reader had left.
-- security definer: events are written to Realtime by the database alone.
create function app.tell_former_member() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(
    jsonb_build_object('organization_id', old.organization_id), 'membership_changed', 'user:' || old.user_id, true
  );
  return null;
end $$;
comment on function app.tell_former_member is 'Somebody has left, was removed or has no access any more: their open consoles ask where they belong now.';

create trigger tell_former_member after delete on public.memberships
for each row execute function app.tell_former_member();
create trigger tell_former_member_of_end after update of deactivated_at on public.memberships
for each row when (old.deactivated_at is null and new.deactivated_at is not null)
execute function app.tell_former_member();

create function app.tell_own_members() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.tell_members(array[new.id]);
  return null;
end $$;
comment on function app.tell_own_members is 'For organizations: app.tell_members. Open consoles of members without a second factor are led to it.';

create trigger tell_own_members after update of requires_second_factor on public.organizations
for each row when (old.requires_second_factor is distinct from new.requires_second_factor)
execute function app.tell_own_members();
