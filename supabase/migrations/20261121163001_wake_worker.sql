-- security definer: whoever leaves work behind wakes the worker, and nobody else may call functions as the service.
create function app.wake_worker() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (select from added where added.run_at <= clock_timestamp()) then
    perform app.call_function('worker');
  end if;
  return null;
end $$;
comment on function app.wake_worker is 'Calls the worker after this transaction commits, when there is something to do at once.';

create trigger wake_worker after insert on private.jobs
referencing new table as added for each statement execute function app.wake_worker();

create function app.sweep_jobs() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if cardinality((app.due_turns(1)).turns) = 0 then
    return false;
  end if;
  perform app.call_function('worker');
  return true;
end $$;
comment on function app.sweep_jobs is
  'For the schedule: wakes the worker when something is due. security definer: called by the schedule.';

create or replace function app.request_site_publication(site_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Once per transaction: a job that is already running may have read what was before.
  perform app.enqueue_job(
    'publish_site', jsonb_build_object('site_id', s.id), s.organization_id,
    'publish_site:' || s.id || ':' || pg_current_xact_id(), priority => 0
  )
  from public.sites as s where s.id = request_site_publication.site_id;
end $$;
comment on function app.request_site_publication is
  'Leaves a job that writes the public settings file. security definer: whoever changes settings does so.';

do $$
begin
  if not exists (select from pg_extension where extname = 'pg_cron') then
    raise notice 'pg_cron is missing: call app.sweep_jobs() every minute and app.enqueue_stats_refresh() every hour in another way';
    return;
  end if;
  perform cron.schedule('chatiq-sweep-jobs', '* * * * *', 'select app.sweep_jobs()');
  perform cron.schedule('chatiq-refresh-stats', '7 * * * *', 'select app.enqueue_stats_refresh()');
end $$;
