-- The extension pg_cron, its jobs run by the stack (cron.ts) instead of a background worker.

create schema cron;
grant usage on schema cron to postgres with grant option;

create sequence cron.jobid_seq;
create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default inet_server_port(),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter sequence cron.jobid_seq owned by cron.job.jobid;
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
alter sequence cron.runid_seq owned by cron.job_run_details.runid;
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details
  using (username = current_user);

create function cron._wake() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_notify('cron_job', '');
  return null;
end
$$;

create trigger cron_job_cache_invalidate
  after insert or update or delete or truncate on cron.job
  for each statement execute function cron._wake();

-- One field: a list of `*`, a value or a range, each with a step perhaps; `$` is the last day.
create function cron._valid_field(field text, lowest integer, highest integer, names text[])
returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  item text;
  parts text[];
  first integer;
  last integer;
  word text;
begin
  if field = '' then
    return false;
  end if;
  foreach item in array string_to_array(lower(field), ',') loop
    if item = '$' and highest = 31 then
      continue;
    end if;
    for word in select unnest(names) loop
      item := regexp_replace(item, '\m' || word || '\M',
        (array_position(names, word) - 1 + case highest when 12 then 1 else 0 end)::text, 'g');
    end loop;
    parts := regexp_match(item, '^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$');
    -- A step needs something to step through.
    if parts is null or parts[3]::integer = 0
        or (parts[3] is not null and parts[1] is not null and parts[2] is null) then
      return false;
    end if;
    first := coalesce(parts[1]::integer, lowest);
    last := coalesce(parts[2]::integer, first);
    if first < lowest or last > highest or first > last then
      return false;
    end if;
  end loop;
  return true;
end
$$;

create function cron._valid_schedule(schedule text) returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  fields text[] := regexp_split_to_array(btrim(schedule), '\s+');
begin
  if schedule ~* '^\s*@(yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)\s*$' then
    return true;
  end if;
  if schedule ~* '^\s*\d{1,2}\s+seconds?\s*$' then
    return fields[1]::integer between 1 and 59;
  end if;
  return cardinality(fields) = 5
    and cron._valid_field(fields[1], 0, 59, '{}')
    and cron._valid_field(fields[2], 0, 23, '{}')
    and cron._valid_field(fields[3], 1, 31, '{}')
    and cron._valid_field(fields[4], 1, 12,
      '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}')
    and cron._valid_field(fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat}');
end
$$;

create function cron._require_schedule(schedule text) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if not coalesce(cron._valid_schedule(schedule), false) then
    raise invalid_parameter_value using
      message = format('invalid schedule: %s', schedule),
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
end
$$;

-- As on a hosted project, nobody but these functions writes jobs. They do it as their caller, whose
-- job it is, through this view.
create view cron._job as select * from cron.job;

create function cron._require_owner() returns trigger
language plpgsql set search_path = ''
as $$
declare
  superuser constant boolean := (
    select rolsuper from pg_catalog.pg_roles where rolname = current_user);
begin
  if not superuser and tg_op <> 'DELETE' and new.username is distinct from current_user then
    raise insufficient_privilege using
      message = 'must be superuser to create a job for another role';
  elsif not superuser and tg_op <> 'INSERT' and old.username is distinct from current_user then
    raise insufficient_privilege using message = 'must be owner of the job';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;

create trigger _require_owner before insert or update or delete on cron.job
  for each row execute function cron._require_owner();

create function cron._require_database(name text) returns text
language plpgsql stable set search_path = ''
as $$
begin
  if name is not null and name <> current_database() then
    raise feature_not_supported using
      message = 'the local stack runs jobs in one database only';
  end if;
  return current_database();
end
$$;

create function cron.schedule_in_database(
  job_name text,
  schedule text,
  command text,
  database text,
  username text default null,
  active boolean default true
) returns bigint
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
  job_id bigint;
begin
  perform cron._require_schedule(schedule_in_database.schedule);
  insert into cron._job (schedule, command, database, username, active, jobname)
  values (
    schedule_in_database.schedule,
    schedule_in_database.command,
    cron._require_database(schedule_in_database.database),
    coalesce(schedule_in_database.username, current_user),
    schedule_in_database.active,
    schedule_in_database.job_name
  )
  on conflict (jobname, username) do update
    set schedule = excluded.schedule, command = excluded.command, active = excluded.active
  returning jobid into job_id;
  return job_id;
end
$$;
comment on function cron.schedule_in_database is 'schedule a pg_cron job';

create function cron.schedule(job_name text, schedule text, command text) returns bigint
language sql set search_path = ''
as $$
  select cron.schedule_in_database(job_name, schedule, command, current_database())
$$;
comment on function cron.schedule(text, text, text) is 'schedule a pg_cron job';

create function cron.schedule(schedule text, command text) returns bigint
language sql set search_path = ''
as $$
  select cron.schedule_in_database(null, schedule, command, current_database())
$$;
comment on function cron.schedule(text, text) is 'schedule a pg_cron job';

create function cron.alter_job(
  job_id bigint,
  schedule text default null,
  command text default null,
  database text default null,
  username text default null,
  active boolean default null
) returns void
language plpgsql set search_path = ''
as $$
begin
  if alter_job.schedule is not null then
    perform cron._require_schedule(alter_job.schedule);
  end if;
  perform cron._require_database(alter_job.database);
  update cron._job as job
  set schedule = coalesce(alter_job.schedule, job.schedule),
    command = coalesce(alter_job.command, job.command),
    username = coalesce(alter_job.username, job.username),
    active = coalesce(alter_job.active, job.active)
  where job.jobid = alter_job.job_id;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', job_id;
  end if;
end
$$;
comment on function cron.alter_job is
  'Alter the job identified by job_id. Any option left as NULL will not be modified.';

create function cron.unschedule(job_id bigint) returns boolean
language plpgsql set search_path = ''
as $$
begin
  delete from cron._job where jobid = job_id;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_id;
  end if;
  return true;
end
$$;
comment on function cron.unschedule(bigint) is 'unschedule a pg_cron job';

create function cron.unschedule(job_name text) returns boolean
language plpgsql set search_path = ''
as $$
begin
  delete from cron._job where jobname = job_name and username = current_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_name;
  end if;
  return true;
end
$$;
comment on function cron.unschedule(text) is 'unschedule a pg_cron job';

revoke execute on all functions in schema cron from public;
grant execute on all functions in schema cron to postgres with grant option;
grant insert, update, delete, select on cron._job to postgres with grant option;
grant usage on all sequences in schema cron to postgres with grant option;
grant select on cron.job to postgres with grant option;
grant all on cron.job_run_details to postgres with grant option;
