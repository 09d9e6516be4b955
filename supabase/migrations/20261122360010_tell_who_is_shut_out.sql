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
