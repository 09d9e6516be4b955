-- security definer: accounts are Auth's.
create function public.delete_account(email text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  address text;
begin
  if me is null then
    perform app.refuse(403, 'second_factor_required');
  end if;
  select users.email into address from auth.users where users.id = me;
  -- Gone already: the answer to the first call was lost.
  if address is null then
    return false;
  end if;
  if lower(btrim(delete_account.email)) is distinct from lower(address) then
    perform app.refuse(422, 'name_mismatch');
  end if;
  delete from auth.users where users.id = me;
  return true;
end $$;
comment on function public.delete_account is
  'Ends the caller''s account and memberships; the address is typed. Refused to the last owner of an organisation. What was written to visitors stays with the organisation.';

grant execute on function public.delete_account to authenticated;
