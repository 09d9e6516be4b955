-- What is due is found by organisation: one with 100,000 jobs waits in its own line. A leased job is due again when
-- its lease ends, so a worker that died leaves nothing behind that somebody must tidy up.
alter table private.jobs
  add column turn uuid not null
    generated always as (coalesce(organization_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) stored,
  add column lease_id uuid,
  add column discarded_at timestamptz,
  add constraint jobs_lease_check check ((lease_id is null) = (leased_until is null));
comment on column private.jobs.turn is 'Whose line the job stands in: the organisation, or the project as a whole.';
comment on column private.jobs.lease_id is 'Of the claim that holds the job; whoever comes with an older one is too late.';
comment on column private.jobs.run_at is 'When the job is due; of a leased one, when it is due again should its worker be gone.';
comment on column private.jobs.discarded_at is 'Somebody decided that it need not be done.';
drop index private.jobs_due, private.jobs_leased, private.jobs_organization_id_idx;
create index jobs_turns on private.jobs (turn, run_at) where finished_at is null and dead_at is null;
create index jobs_due on private.jobs (turn, priority, run_at) where finished_at is null and dead_at is null;
create index on private.jobs (organization_id, created_at desc);

create function app.due_turns(most integer, out turns uuid[], out next_run_at timestamptz)
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  -- Another place to begin each time: with more lines than room, all get their turn.
  start constant uuid := gen_random_uuid();
  place uuid := start;
  wrapped boolean := false;
  first record;
begin
  turns := '{}';
  while cardinality(turns) < most loop
    select j.turn, j.run_at into first from private.jobs as j
    where j.finished_at is null and j.dead_at is null and j.turn > place
    order by j.turn, j.run_at limit 1;
    if first.turn is null or (wrapped and first.turn > start) then
      exit when wrapped;
      wrapped := true;
      place := '00000000-0000-0000-0000-000000000000';
      continue;
    end if;
    place := first.turn;
    if first.run_at <= now() then
      turns := turns || first.turn;
    else
      next_run_at := least(next_run_at, first.run_at);
    end if;
  end loop;
end $$;
comment on function app.due_turns is
  'Lines with work that is due, some of them when there are more, and when the first job of the others is due.';

create function app.lock_due_jobs(turn uuid, most integer, besides uuid[]) returns uuid[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  locked uuid[] := '{}';
begin
  for urgency in 0..9 loop
    exit when cardinality(locked) >= most;
    locked := locked || array(
      select j.id from private.jobs as j
      where j.turn = lock_due_jobs.turn and j.priority = urgency and j.run_at <= now()
        and j.finished_at is null and j.dead_at is null and j.id <> all (besides)
      order by j.run_at limit most - cardinality(locked)
      for update skip locked
    );
  end loop;
  return locked;
end $$;
comment on function app.lock_due_jobs is 'Locks the most urgent due jobs of one line that nobody else is taking.';

create function public.claim_jobs(max_jobs integer default 16, lease_seconds integer default 60) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  room constant integer := least(greatest(max_jobs, 1), 500);
  lease constant uuid := gen_random_uuid();
  ends constant timestamptz := now() + least(greatest(lease_seconds, 1), 3600) * interval '1 second';
  due record;
  line uuid;
  share integer;
  locked uuid[] := '{}';
  claimed jsonb;
begin
  select * into due from app.due_turns(room);
  share := ceil(room::numeric / greatest(cardinality(due.turns), 1));
  -- What short lines leave is for the long ones, in a second round.
  for round in 1..2 loop
    foreach line in array due.turns loop
      exit when cardinality(locked) >= room;
      locked := locked || app.lock_due_jobs(line, least(
        case round when 1 then share else room end, room - cardinality(locked)
      ), locked);
    end loop;
  end loop;
  update private.jobs as j set
    dead_at = now(), lease_id = null, leased_until = null,
    last_error = coalesce(j.last_error, 'The worker ended in the middle, each time.')
  where j.id = any (locked) and j.attempts >= j.max_attempts;
  with taken as (
    update private.jobs as j set leased_until = ends, run_at = ends, lease_id = lease, attempts = j.attempts + 1
    where j.id = any (locked) and j.dead_at is null
    returning j.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', taken.id, 'kind', taken.kind, 'payload', taken.payload, 'attempts', taken.attempts
  ) order by taken.priority, taken.created_at), '[]') into claimed from taken;
  return jsonb_build_object(
    'lease_id', lease, 'jobs', claimed,
    'next_due_seconds', case
      when cardinality(locked) > 0 then 0
      when due.next_run_at is not null then greatest(extract(epoch from due.next_run_at - now()), 0) end
  );
end $$;
comment on function public.claim_jobs is
  'For the worker: ClaimedJobs, the most urgent due jobs of each organisation in equal parts, leased; a job that was begun too often is dead.';

create function public.extend_jobs(lease_id uuid, job_ids uuid[], lease_seconds integer default 60) returns uuid[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ends constant timestamptz := now() + least(greatest(lease_seconds, 1), 3600) * interval '1 second';
  held uuid[];
begin
  with extended as (
    update private.jobs as j set leased_until = ends, run_at = ends
    where j.id = any (extend_jobs.job_ids) and j.lease_id = extend_jobs.lease_id and j.leased_until > now()
    returning j.id
  )
  select coalesce(array_agg(id), '{}') into held from extended;
  return held;
end $$;
comment on function public.extend_jobs is 'For the worker: goes on holding these jobs; answers those that are still held.';

create function public.complete_jobs(lease_id uuid, job_ids uuid[]) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  completed integer;
begin
  update private.jobs as j set finished_at = now(), lease_id = null, leased_until = null, last_error = null
  where j.id = any (complete_jobs.job_ids) and j.lease_id = complete_jobs.lease_id
    and j.finished_at is null and j.dead_at is null;
  get diagnostics completed = row_count;
  return completed;
end $$;
comment on function public.complete_jobs is 'For the worker: these jobs are done. Jobs that another claim holds by now are left to it.';

create function app.retry_delay(attempts integer, retry_after integer) returns interval
language sql volatile security invoker set search_path = ''
as $$
  -- 2 s, 6 s, 18 s … 6 h, a quarter more or less, so that what failed together does not come back together.
  select greatest(
    least(2 * power(3, least(retry_delay.attempts, 12) - 1), 21600) * (0.75 + random() / 2),
    least(coalesce(retry_delay.retry_after, 0), 86400)
  ) * interval '1 second'
$$;
comment on function app.retry_delay is 'How long a job waits after this many tries; never shorter than what was asked for.';

create function public.fail_job(
  lease_id uuid, job_id uuid, reason text, retry_after integer default null, final boolean default false
) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.jobs as j set
    lease_id = null, leased_until = null, last_error = left(coalesce(nullif(fail_job.reason, ''), 'unknown'), 1000),
    run_at = now() + app.retry_delay(j.attempts, fail_job.retry_after),
    dead_at = case when fail_job.final or j.attempts >= j.max_attempts then now() end
  where j.id = fail_job.job_id and j.lease_id = fail_job.lease_id and j.finished_at is null and j.dead_at is null;
  return found;
end $$;
comment on function public.fail_job is
  'For the worker: a try failed; another follows, after retry_after seconds at the earliest, unless this was final or the last one.';

create function public.release_jobs(lease_id uuid, job_ids uuid[]) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  released integer;
begin
  update private.jobs as j set
    lease_id = null, leased_until = null, run_at = now(), attempts = greatest(j.attempts - 1, 0)
  where j.id = any (release_jobs.job_ids) and j.lease_id = release_jobs.lease_id;
  get diagnostics released = row_count;
  return released;
end $$;
comment on function public.release_jobs is
  'For the worker: gives jobs back that it did not begin or will not finish in time; the try does not count.';

revoke execute on function
  public.claim_jobs, public.extend_jobs, public.complete_jobs, public.fail_job, public.release_jobs
from public, anon, authenticated;
grant execute on function
  public.claim_jobs, public.extend_jobs, public.complete_jobs, public.fail_job, public.release_jobs
to service_role;
