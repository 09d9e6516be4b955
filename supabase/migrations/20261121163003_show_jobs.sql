create function app.job_state(job private.jobs) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return case
    when job.discarded_at is not null then 'discarded'
    when job.finished_at is not null then 'done'
    when job.dead_at is not null then 'dead'
    when job.leased_until > now() then 'running'
    when job.last_error is not null then 'failed'
    else 'waiting' end;
end $$;
comment on function app.job_state is 'JobState of packages/contracts; failed means that another try follows.';

create function app.payload_id(payload jsonb, name text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case when payload ->> name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then payload ->> name end;
end $$;

create function app.shown_job(job private.jobs) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- The payload stays here: it may hold addresses of visitors.
  return jsonb_build_object(
    'id', job.id, 'kind', job.kind, 'state', app.job_state(job), 'attempts', job.attempts,
    'max_attempts', job.max_attempts, 'run_at', job.run_at, 'created_at', job.created_at,
    'ended_at', coalesce(job.finished_at, job.dead_at), 'last_error', job.last_error,
    'site_id', app.payload_id(job.payload, 'site_id'),
    'conversation_id', app.payload_id(job.payload, 'conversation_id')
  );
end $$;
comment on function app.shown_job is 'Job of packages/contracts: what an admin may see of it.';

create function app.jobs_in_state(organization_id uuid, state text, before timestamptz, most integer)
returns setof private.jobs
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if jobs_in_state.state = 'dead' then
    return query select j.* from private.jobs as j
      where j.organization_id = jobs_in_state.organization_id and j.dead_at is not null and j.discarded_at is null
        and j.dead_at < coalesce(before, 'infinity')
      order by j.dead_at desc limit most;
  elsif jobs_in_state.state = 'done' then
    return query select j.* from private.jobs as j
      where j.organization_id = jobs_in_state.organization_id and j.finished_at is not null
        and j.created_at < coalesce(before, 'infinity')
      order by j.created_at desc limit most;
  else
    return query select j.* from private.jobs as j
      where j.turn = jobs_in_state.organization_id and j.finished_at is null and j.dead_at is null
        and j.created_at < coalesce(before, 'infinity') and app.job_state(j) = jobs_in_state.state
      order by j.created_at desc limit most;
  end if;
end $$;
comment on function app.jobs_in_state is 'Jobs of an organisation in one state, newest first.';

create function app.count_jobs(organization_id uuid, most integer) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'waiting', least(count(*) filter (where not coalesce(j.leased_until > now(), false) and j.last_error is null), most),
      'running', least(count(*) filter (where j.leased_until > now()), most),
      'failed', least(count(*) filter (where not coalesce(j.leased_until > now(), false) and j.last_error is not null), most),
      'dead', (select count(*) from (
        select from private.jobs as d
        where d.organization_id = count_jobs.organization_id and d.dead_at is not null limit most
      ) as dead)
    )
    from private.jobs as j
    where j.turn = count_jobs.organization_id and j.finished_at is null and j.dead_at is null
  );
end $$;
comment on function app.count_jobs is 'How many jobs of an organisation are in each state, at most this many are told.';

-- security definer, all below: jobs are private; the check of the admin is here.
create function public.list_jobs(
  organization_id uuid, state text default 'waiting', before timestamptz default null, max_rows integer default 50
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform app.require_role(list_jobs.organization_id, 'admin');
  if list_jobs.state is null or list_jobs.state not in ('waiting', 'running', 'failed', 'dead', 'done') then
    perform app.refuse(422, 'invalid_input', '{"argument": "state"}');
  end if;
  return jsonb_build_object(
    'counts', app.count_jobs(list_jobs.organization_id, 1000),
    'jobs', (
      select coalesce(jsonb_agg(app.shown_job(j)), '[]')
      from app.jobs_in_state(
        list_jobs.organization_id, list_jobs.state, list_jobs.before, least(greatest(list_jobs.max_rows, 1), 200)
      ) as j
    )
  );
end $$;
comment on function public.list_jobs is
  'JobList for admins of the organisation: how many jobs there are of each state (1,000 at most are counted), and those of one state.';

create function app.lock_my_job(job_id uuid) returns private.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  job private.jobs;
begin
  select * into job from private.jobs as j
  where j.id = lock_my_job.job_id and j.organization_id = any (array(select app.my_organization_ids('admin')))
  for update;
  if job.id is null then
    perform app.refuse(404, 'job_not_found');
  end if;
  return job;
end $$;
comment on function app.lock_my_job is 'Locks a job of an organisation whose admin calls, or refuses.';

create function public.retry_job(job_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  job private.jobs := app.lock_my_job(retry_job.job_id);
begin
  -- What runs or is done stays: a repeat after a lost answer changes nothing.
  if job.finished_at is null and coalesce(job.leased_until, '-infinity') < now() then
    update private.jobs as j set
      run_at = now(), dead_at = null, lease_id = null, leased_until = null,
      max_attempts = least(greatest(j.max_attempts, j.attempts + 3), 100)
    where j.id = job.id returning * into job;
    perform app.audit(job.organization_id, null, 'update', 'job', job.id::text, null, jsonb_build_object('kind', job.kind, 'retried', true));
    perform app.call_function('worker');
  end if;
  return app.shown_job(job);
end $$;
comment on function public.retry_job is 'Tries a job that failed, is dead or waits at once, for admins of its organisation; returns Job.';

create function public.discard_job(job_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  job private.jobs := app.lock_my_job(discard_job.job_id);
begin
  if job.finished_at is null and coalesce(job.leased_until, '-infinity') < now() then
    update private.jobs as j set
      finished_at = now(), discarded_at = now(), dead_at = null, lease_id = null, leased_until = null
    where j.id = job.id returning * into job;
    perform app.audit(job.organization_id, null, 'delete', 'job', job.id::text, jsonb_build_object('kind', job.kind), null);
  end if;
  return app.shown_job(job);
end $$;
comment on function public.discard_job is 'A job that is not running will not be done any more, for admins of its organisation; returns Job.';

grant execute on function public.list_jobs, public.retry_job, public.discard_job to authenticated;
