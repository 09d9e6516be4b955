-- The trigger on auth.mfa_factors belongs to a table of Auth's: where it could not be made, or has gone with an upgrade of
-- Auth, what it would have done is done here.
-- security definer: Auth's tables are not for everybody.
create function app.follow_second_factors() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  team uuid;
  many integer := 0;
begin
  for team in
    select distinct o.id
    from public.organizations as o
    join public.memberships as m on m.organization_id = o.id
    where o.requires_second_factor and m.factor_missing = app.has_second_factor(m.user_id)
    order by o.id
  loop
    perform app.lock_team(team);
    perform app.mark_missing_factors(team);
    many := many + 1;
  end loop;
  return many;
end $$;
comment on function app.follow_second_factors is
  'For the schedule: opens and closes organisations that ask for a second factor where app.follow_second_factor has not. Answers how many.';

do $$
begin
  if not exists (select from pg_extension where extname = 'pg_cron') then
    raise notice 'pg_cron is missing: call app.follow_second_factors() every minute in another way';
    return;
  end if;
  perform cron.schedule('chatiq-second-factors', '* * * * *', 'select app.follow_second_factors()');
end $$;
