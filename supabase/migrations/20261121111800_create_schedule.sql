-- On projects that cannot have pg_cron, whatever calls these functions regularly does as well.
do $$
begin
  if not exists (select from pg_available_extensions where name = 'pg_cron') then
    raise notice 'pg_cron is not available: call app.run_every_minute() and app.run_every_hour() in another way';
    return;
  end if;
  create extension if not exists pg_cron;
  perform cron.schedule('chatiq-every-minute', '* * * * *', 'select app.run_every_minute()');
  perform cron.schedule('chatiq-every-hour', '17 * * * *', 'select app.run_every_hour()');
end $$;

create function app.run_every_minute() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.wake_conversations();
  perform app.request_file_removal();
end $$;
comment on function app.run_every_minute is 'What falls due by the minute. security definer: called by the schedule.';

create function app.run_every_hour() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.apply_retention();
  perform app.sweep_records();
  delete from public.attachments as a where a.message_id is null and a.created_at < now() - interval '1 day';
end $$;
comment on function app.run_every_hour is
  'Retention, and files that were uploaded but never sent. security definer: called by the schedule.';
