create table private.jobs (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid references public.organizations (id) on delete cascade,
  kind text not null check (kind ~ '^[a-z][a-z0-9_]{1,62}$'),
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
  dedupe_key text unique check (char_length(dedupe_key) between 1 and 300),
  priority smallint not null default 5 check (priority between 0 and 9),
  run_at timestamptz not null default now(),
  leased_until timestamptz,
  attempts integer not null default 0 check (attempts >= 0),
  max_attempts integer not null default 12 check (max_attempts between 1 and 100),
  last_error text check (char_length(last_error) <= 4000),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  dead_at timestamptz,
  check (finished_at is null or dead_at is null)
);
comment on table private.jobs is
  'Work for later, leased by the worker. A finished job stays for a while: its dedupe key keeps the same work from being done twice.';
comment on column private.jobs.organization_id is 'Whose turn it counts as; null for work of the whole project.';
comment on column private.jobs.priority is '0 goes first.';
comment on column private.jobs.leased_until is 'A worker holds the job until then; a lease that ran out may be taken by another.';
comment on column private.jobs.dead_at is 'Given up after max_attempts; may be replayed by hand.';
create index jobs_due on private.jobs (priority, run_at, id) where finished_at is null and dead_at is null;
create index jobs_leased on private.jobs (leased_until)
where leased_until is not null and finished_at is null and dead_at is null;
create index jobs_dead on private.jobs (organization_id, dead_at desc) where dead_at is not null;
create index jobs_finished on private.jobs (finished_at) where finished_at is not null;
create index on private.jobs (organization_id);
alter table private.jobs enable row level security;

-- security definer: functions and triggers of every role leave work behind, the table is private.
create function app.enqueue_job(
  kind text, payload jsonb default '{}', organization_id uuid default null, dedupe_key text default null,
  run_at timestamptz default now(), priority integer default 5
) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  job_id uuid;
begin
  insert into private.jobs (kind, payload, organization_id, dedupe_key, run_at, priority)
  values (
    enqueue_job.kind, enqueue_job.payload, enqueue_job.organization_id, enqueue_job.dedupe_key,
    enqueue_job.run_at, enqueue_job.priority
  )
  on conflict on constraint jobs_dedupe_key_key do nothing
  returning jobs.id into job_id;
  if job_id is null then
    select jobs.id into job_id from private.jobs where jobs.dedupe_key = enqueue_job.dedupe_key;
  end if;
  return job_id;
end $$;
comment on function app.enqueue_job is
  'Leaves work for the worker, after this transaction commits; the same dedupe key means the same job. Returns its id.';
