create or replace function public.next_export_part(export_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.exports;
begin
  select * into export from public.exports as e where e.id = next_export_part.export_id for update;
  if export.id is null or export.state in ('done', 'expired') then
    return null;
  end if;
  if export.state = 'waiting' then
    update public.exports as e set
      state = 'running',
      total = (
        case when e.kind <> 'visitors' then (
          select count(*) from public.conversations as c
          where c.organization_id = e.organization_id and (e.site_id is null or c.site_id = e.site_id)
        ) else 0 end
      ) + (
        case when e.kind <> 'conversations' then (
          select count(*) from public.visitors as v
          where v.organization_id = e.organization_id and (e.site_id is null or v.site_id = e.site_id)
        ) else 0 end
      )
    where e.id = export.id returning * into export;
  end if;
  return to_jsonb(export) || (
    select jsonb_build_object(
      'language', app.mail_language(p.language),
      -- The clock of whoever asked, else of the site, else of the first one.
      'time_zone', coalesce(p.time_zone, (
        select s.time_zone from public.sites as s
        where s.organization_id = export.organization_id and (export.site_id is null or s.id = export.site_id)
        order by s.created_at, s.id limit 1
      ), 'UTC'),
      'site_names', (
        select coalesce(jsonb_object_agg(s.id, s.name), '{}') from public.sites as s
        where s.organization_id = export.organization_id
      )
    )
    from (values (export.requested_by)) as asker (id)
    left join public.profiles as p on p.id = asker.id
  );
end $$;
comment on function public.next_export_part is
  'Where an export stands, its row, and for whom it is written (language, time_zone, site_names); null when there is nothing to do any more.';
