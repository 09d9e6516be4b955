create index jobs_auto_reply_due on private.jobs (run_at)
where kind = 'auto_reply' and finished_at is null and dead_at is null;

create function app.run_due_auto_replies(max_rows integer default 200) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  job private.jobs;
  done integer := 0;
begin
  for job in
    select * from private.jobs as j
    where j.kind = 'auto_reply' and j.run_at <= now() and j.finished_at is null and j.dead_at is null
      and (j.leased_until is null or j.leased_until < now())
    order by j.run_at limit max_rows for update skip locked
  loop
    begin
      perform public.run_auto_reply(job.payload);
      update private.jobs as j set finished_at = now(), attempts = j.attempts + 1 where j.id = job.id;
      done := done + 1;
    exception when others then
      update private.jobs as j set
        attempts = j.attempts + 1, last_error = left(sqlerrm, 4000),
        run_at = now() + least(interval '1 hour', interval '10 seconds' * 2 ^ least(j.attempts, 12)),
        dead_at = case when j.attempts + 1 >= j.max_attempts then now() end
      where j.id = job.id;
    end;
  end loop;
  return done;
end $$;
comment on function app.run_due_auto_replies is
  'Each minute: jobs auto_reply whose time has come and that no worker has taken; returns how many. security definer: called by the schedule.';

-- Apart from app.run_every_minute(): on projects without pg_cron, whatever calls that one calls this as well.
create function app.run_automation() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.refresh_due_statuses();
  perform app.run_due_auto_replies();
end $$;
comment on function app.run_automation is 'What opens, closes, falls silent or is due by the minute. security definer: called by the schedule.';

do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule('chatiq-automation', '* * * * *', 'select app.run_automation()');
  else
    raise notice 'pg_cron is not available: call app.run_automation() every minute in another way';
  end if;
end $$;
