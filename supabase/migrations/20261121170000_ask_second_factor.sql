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
  -- Half of signing in opens nothing: whoever has set up a second factor must have shown it in this session.
  if claims ->> 'aal' is distinct from 'aal2' and exists (
    select from auth.mfa_factors as factor where factor.user_id = me and factor.status = 'verified'
  ) then
    return null;
  end if;
  return me;
end $$;
comment on function app.my_user_id is
  'The account that calls; null for visitors, for the service, and for a password alone where a second factor is set up.';

-- security definer: for the same reason.
create function public.second_factor_missing() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select auth.uid()) is not null and app.my_user_id() is null;
end $$;
comment on function public.second_factor_missing is
  'Whether the caller has signed in by half: a second factor is set up and was not shown in this session.';

grant execute on function public.second_factor_missing to authenticated;
