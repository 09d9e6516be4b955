-- A trigger, not a check constraint: the answer depends on the server's time zone files.
create function app.check_time_zone() returns trigger
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if new.time_zone is not null and not exists (
    select from pg_catalog.pg_timezone_names as zone
    where zone.name = new.time_zone and zone.name !~ '^(posix|right)|^(Factory|localtime)$'
  ) then
    perform app.refuse(422, 'invalid_input', '{"argument": "time_zone"}');
  end if;
  return new;
end $$;
comment on function app.check_time_zone is 'Refuses a time_zone that Postgres does not know by name.';

alter table public.profiles
add column time_zone text check (char_length(time_zone) <= 64),
add column signature text check (char_length(signature) <= 500),
add column job_title text check (char_length(job_title) <= 80);
comment on column public.profiles.time_zone is 'IANA name; null follows the browser.';
comment on column public.profiles.signature is 'Goes under e-mails to visitors, and into templates as {{operator_signature}}.';
comment on column public.profiles.job_title is 'Shown to visitors beside the name.';

create trigger check_time_zone before insert or update of time_zone on public.profiles
for each row execute function app.check_time_zone();

grant update (time_zone, signature, job_title) on public.profiles to authenticated;
