-- Consoles that are open hear that their sites, labels, colleagues or rights are others now, and read them again.
-- security definer: events are written to Realtime by the database alone.
create function app.tell_members(organization_ids uuid[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(jsonb_build_object('organization_id', m.organization_id), 'membership_changed', 'user:' || m.user_id, true)
  from public.memberships as m
  where m.organization_id = any (tell_members.organization_ids) and m.deactivated_at is null;
end $$;
comment on function app.tell_members is 'Every member of these organisations hears that what a console shows around the conversations has changed.';

create function app.tell_organization() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.tell_members(array[case tg_op when 'DELETE' then old.organization_id else new.organization_id end]);
  return null;
end $$;
comment on function app.tell_organization is 'For tables with organization_id: app.tell_members.';

create trigger tell_organization after insert or update of name, color or delete on public.labels
for each row execute function app.tell_organization();
create trigger tell_organization after insert on public.sites
for each row execute function app.tell_organization();
create trigger tell_organization_of_change after update of name, archived_at on public.sites
for each row when ((old.name, old.archived_at) is distinct from (new.name, new.archived_at))
execute function app.tell_organization();
create trigger tell_organization after insert or delete on public.memberships
for each row execute function app.tell_organization();
create trigger tell_organization_of_change after update of role, deactivated_at on public.memberships
for each row execute function app.tell_organization();

create function app.tell_colleagues() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.tell_members(array(select m.organization_id from public.memberships as m where m.user_id = new.id));
  return null;
end $$;
comment on function app.tell_colleagues is 'Somebody is called otherwise, or looks otherwise, now.';
create trigger tell_colleagues after update of display_name, avatar_url on public.profiles
for each row when ((old.display_name, old.avatar_url) is distinct from (new.display_name, new.avatar_url))
execute function app.tell_colleagues();

create function app.tell_site_operators() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed public.site_operators := case tg_op when 'DELETE' then old else new end;
begin
  perform realtime.send(
    jsonb_build_object('organization_id', changed.organization_id), 'membership_changed', 'user:' || changed.user_id, true
  );
  return null;
end $$;
comment on function app.tell_site_operators is 'An operator works on another set of sites now.';
create trigger tell_site_operators after insert or delete on public.site_operators
for each row execute function app.tell_site_operators();
