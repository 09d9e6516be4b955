-- Taking access away and handing over were two calls: when the line was cut between them, somebody had no conversations and
-- was still there.
drop function public.set_member_active;
drop function public.remove_member;

-- security definer: as create_organization.
create function public.set_member_active(organization_id uuid, user_id uuid, active boolean, heir_id uuid default null)
returns public.memberships
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(set_member_active.organization_id, set_member_active.user_id);
begin
  if set_member_active.active is null then
    perform app.refuse(422, 'invalid_input', '{"argument": "active"}');
  end if;
  if not set_member_active.active and set_member_active.heir_id is not null then
    perform public.hand_over_conversations(
      set_member_active.organization_id, set_member_active.user_id, set_member_active.heir_id
    );
  end if;
  return app.change_member(
    member, member.role, member.capacity,
    case when not set_member_active.active then coalesce(member.deactivated_at, now()) end
  );
end $$;
comment on function public.set_member_active is
  'Takes a member''s access away at once or gives it back; open conversations go to the heir, those on sites where the heir does not work become unassigned.';

-- security definer: as create_organization.
create function public.remove_member(organization_id uuid, user_id uuid, heir_id uuid default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(remove_member.organization_id, remove_member.user_id);
begin
  if member.user_id is not null and remove_member.heir_id is not null then
    perform public.hand_over_conversations(remove_member.organization_id, remove_member.user_id, remove_member.heir_id);
  end if;
  delete from public.memberships as m
  where m.organization_id = member.organization_id and m.user_id = member.user_id;
end $$;
comment on function public.remove_member is
  'Ends a membership; open conversations go to the heir or become unassigned. Nothing happens when it has ended already.';

grant execute on function public.set_member_active, public.remove_member to authenticated;
