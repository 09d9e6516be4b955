-- One look-up where another function was called for it: lists ask up to six times.
-- security definer: the answer is private.
create or replace function app.my_sites_in(organization_id uuid default null) returns setof uuid
language plpgsql stable security definer rows 5 set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
begin
  return query
    select mine.site_id from private.site_access as mine
    where mine.user_id = me
      and (my_sites_in.organization_id is null or mine.organization_id = my_sites_in.organization_id);
end $$;
