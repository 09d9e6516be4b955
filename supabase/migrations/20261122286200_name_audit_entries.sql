alter table public.audit_log
add column name text,
add column actor_name text;
comment on column public.audit_log.name is 'What the row was called then: a name, an address, a shortcut; null where there is one per site.';
comment on column public.audit_log.actor_name is 'What whoever did it was called then; null for the product, and when the account was deleted.';

create function app.audited_name(entity text, entity_id text, audited jsonb) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return left(case
    when audited_name.entity in ('memberships', 'site_operators') then (
      select p.display_name from public.profiles as p where p.id = (audited ->> 'user_id')::uuid
    )
    when audited_name.entity = 'webhook_secret' then (
      select coalesce(nullif(w.name, ''), w.url) from public.webhooks as w where w.id = audited_name.entity_id::uuid
    )
    when audited_name.entity = 'visitors' then (
      select coalesce(v.name, v.email) from public.visitors as v where v.id = audited_name.entity_id::uuid
    )
    when audited_name.entity = 'blocklist' then coalesce(audited ->> 'identity', audited ->> 'address', (
      select coalesce(v.name, v.email) from public.visitors as v where v.id = (audited ->> 'visitor_id')::uuid
    ))
    else coalesce(
      nullif(audited ->> 'name', ''), nullif(audited ->> 'title', ''), '/' || (audited ->> 'shortcut'), audited ->> 'email',
      audited ->> 'url', audited ->> 'site_key', audited ->> 'day'
    )
  end, 200);
end $$;
comment on function app.audited_name is 'What a row that is written down is called, for people.';

drop function app.audit(uuid, uuid, text, text, text, jsonb, jsonb);
create function app.audit(
  organization_id uuid, site_id uuid, action text, entity text, entity_id text, before jsonb, after jsonb,
  audited jsonb default null
) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Rows that go with their organisation leave no trace: the log goes with it too.
  insert into public.audit_log (organization_id, site_id, actor_id, actor_name, action, entity, entity_id, name, before, after)
  select o.id, audit.site_id, (select auth.uid()),
    (select p.display_name from public.profiles as p where p.id = (select auth.uid())),
    audit.action, audit.entity, audit.entity_id,
    app.audited_name(audit.entity, audit.entity_id, coalesce(audit.audited, audit.after, audit.before)), audit.before, audit.after
  from public.organizations as o where o.id = audit.organization_id;
end $$;
comment on function app.audit is 'Writes down what the caller did; audited: the whole row, where only what changed is written down.';

create or replace function app.audit_change() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - array['created_at', 'updated_at', 'last_used_at', 'failing_since'] end;
  new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - array['created_at', 'updated_at', 'last_used_at', 'failing_since'] end;
  any_row jsonb := coalesce(new_row, old_row);
begin
  if new_row is distinct from old_row then
    perform app.audit(
      (any_row ->> case tg_table_name when 'organizations' then 'id' else 'organization_id' end)::uuid,
      (any_row ->> case tg_table_name when 'sites' then 'id' else 'site_id' end)::uuid,
      lower(tg_op), tg_table_name,
      (select string_agg(any_row ->> part.name, ':' order by part.place) from unnest(tg_argv) with ordinality as part (name, place)),
      case tg_op when 'UPDATE' then app.only_changed(old_row, new_row) else old_row end,
      case tg_op when 'UPDATE' then app.only_changed(new_row, old_row) else new_row end,
      any_row
    );
  end if;
  return null;
end $$;

-- security definer: the log is nobody's to write.
create function app.forget_actor() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.audit_log as a set actor_name = null
  where a.actor_id = old.id and a.actor_name is not null;
  update public.audit_log as a set name = null
  where a.entity in ('memberships', 'site_operators') and a.entity_id like '%' || old.id and a.name is not null;
  return null;
end $$;
comment on function app.forget_actor is 'Whoever deletes the account is not named in the log any more.';
create trigger forget_actor after delete on public.profiles
for each row execute function app.forget_actor();

-- Entries of before: what they say themselves, or another entry about the same row.
update public.audit_log as a
set actor_name = (select p.display_name from public.profiles as p where p.id = a.actor_id),
  name = case
    when a.action in ('insert', 'delete') or a.entity in ('visitors', 'webhook_secret')
      then app.audited_name(a.entity, a.entity_id, coalesce(a.after, a.before))
    when a.entity = 'memberships' then app.audited_name(a.entity, a.entity_id, jsonb_build_object('user_id', a.entity_id))
  end;
update public.audit_log as a
set name = (
  select b.name from public.audit_log as b
  where b.organization_id = a.organization_id and b.entity = a.entity and b.entity_id = a.entity_id and b.name is not null
  order by b.id desc limit 1
)
where a.name is null and a.action = 'update';
