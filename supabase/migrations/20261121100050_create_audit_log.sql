create table public.audit_log (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  site_id uuid,
  actor_id uuid,
  action text not null check (action in ('insert', 'update', 'delete', 'read')),
  entity text not null,
  entity_id text not null,
  before jsonb,
  after jsonb,
  created_at timestamptz not null default now()
);
comment on table public.audit_log is
  'Who changed what in an organisation, kept 400 days. Written by triggers alone; secrets live in other tables and never come here.';
comment on column public.audit_log.actor_id is 'Account of whoever did it, also when it is gone; null for the product itself.';
comment on column public.audit_log.entity is 'Name of the table.';
comment on column public.audit_log.before is 'The row that was deleted, or the columns that changed as they were.';
comment on column public.audit_log.after is 'The row that was made, or the columns that changed as they are.';
create index on public.audit_log (organization_id, id desc);
create index on public.audit_log (organization_id, actor_id, id desc);
create index on public.audit_log (organization_id, entity, entity_id, id desc);
create index on public.audit_log (created_at);

alter table public.audit_log enable row level security;
revoke insert, update, delete, truncate on public.audit_log from service_role;
grant select on public.audit_log to authenticated;

create policy "admins read the audit log of their organisations" on public.audit_log
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

create function app.only_changed(this jsonb, other jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(jsonb_object_agg(part.key, part.value), '{}')
  from jsonb_each(this) as part where part.value is distinct from other -> part.key
$$;

create function app.audit(
  organization_id uuid, site_id uuid, action text, entity text, entity_id text, before jsonb, after jsonb
) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- Rows that go with their organisation leave no trace: the log goes with it too.
  insert into public.audit_log (organization_id, site_id, actor_id, action, entity, entity_id, before, after)
  select o.id, audit.site_id, (select auth.uid()), audit.action, audit.entity, audit.entity_id, audit.before, audit.after
  from public.organizations as o where o.id = audit.organization_id
$$;
comment on function app.audit is 'Writes down what the caller did.';

-- security definer: everybody's changes are written down, nobody may write here.
create function app.audit_change() returns trigger
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
      case tg_op when 'UPDATE' then app.only_changed(new_row, old_row) else new_row end
    );
  end if;
  return null;
end $$;
comment on function app.audit_change is 'Arguments of the trigger: the columns that name the row.';
