-- A few at a time, by a schedule: no run holds locks for long.
create function app.sweep_records(max_rows integer default 1000) returns integer
language sql volatile security invoker set search_path = ''
as $$
  with audit as (
    delete from public.audit_log where id in (
      select id from public.audit_log where created_at < now() - interval '400 days'
      order by created_at limit sweep_records.max_rows for update skip locked
    )
    returning 1
  ), notifications as (
    delete from public.notifications where id in (
      select id from public.notifications where created_at < now() - interval '90 days'
      order by created_at limit sweep_records.max_rows for update skip locked
    )
    returning 1
  ), deliveries as (
    delete from public.webhook_deliveries where id in (
      select id from public.webhook_deliveries where created_at < now() - interval '30 days' and status <> 'pending'
      order by created_at limit sweep_records.max_rows for update skip locked
    )
    returning 1
  ), jobs as (
    delete from private.jobs where id in (
      select id from private.jobs where finished_at < now() - interval '7 days'
      order by finished_at limit sweep_records.max_rows for update skip locked
    )
    returning 1
  )
  select (
    (select count(*) from audit) + (select count(*) from notifications)
    + (select count(*) from deliveries) + (select count(*) from jobs)
  )::integer
$$;
comment on function app.sweep_records is
  'Removes what is past its time: audit log 400 days, notifications 90, deliveries 30, finished jobs 7. Returns how many rows.';
