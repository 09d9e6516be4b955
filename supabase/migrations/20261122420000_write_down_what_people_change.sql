-- What the product notes about a row by itself is nobody's change: an entry of it alone said nothing.
create or replace function app.audit_change() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  by_itself constant text[] := array[
    'created_at', 'updated_at', 'last_used_at', 'failing_since', 'prefix', 'factor_missing'
  ];
  old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - by_itself end;
  new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - by_itself end;
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
