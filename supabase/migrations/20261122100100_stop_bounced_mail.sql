create type public.bounce_kind as enum ('bounce', 'complaint');
comment on type public.bounce_kind is 'Mail to an address came back for good, or its owner called it spam.';

create table private.bounced_addresses (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  email text not null check (email = lower(email)),
  kind public.bounce_kind not null,
  reason text not null default '' check (char_length(reason) <= 500),
  bounced_at timestamptz not null default now(),
  primary key (organization_id, email)
);
comment on table private.bounced_addresses is
  'Addresses to which mail of this organisation could not be delivered: nothing is sent there until somebody lifts it.';
create index on private.bounced_addresses (organization_id, bounced_at);
alter table private.bounced_addresses enable row level security;

-- security definer, all below: addresses, jobs and bounces are private.
create function app.mail_bounced(organization_id uuid, email text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from private.bounced_addresses as b
    where b.organization_id = mail_bounced.organization_id and b.email = lower(btrim(mail_bounced.email))
  );
end $$;
comment on function app.mail_bounced is 'Whether mail of this organisation to this address has bounced, or was called spam.';

create or replace function app.wants_mail(organization_id uuid, email text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return app.usable_email(wants_mail.email) and not exists (
    select from private.mail_opt_outs as o
    where o.organization_id = wants_mail.organization_id and o.email = lower(wants_mail.email)
  ) and not app.mail_bounced(wants_mail.organization_id, wants_mail.email);
end $$;
comment on function app.wants_mail is 'Whether notifications of this organisation may go to this address.';

create function public.may_mail(job_id uuid, email text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return not coalesce((
    select app.mail_bounced(j.organization_id, may_mail.email) from private.jobs as j where j.id = may_mail.job_id
  ), false);
end $$;
comment on function public.may_mail is
  'For the worker, before each mail: false when mail of the job''s organisation to this address has bounced.';

create function app.bounced_for(job_id uuid, email text) returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query select j.organization_id from private.jobs as j
  where j.id = bounced_for.job_id and j.organization_id is not null;
  if found then
    return;
  end if;
  -- A job is kept for a week; a complaint may take longer, and some providers lose the key.
  return query select o.id from public.organizations as o
  where exists (
    select from public.visitors as v
    where v.organization_id = o.id and v.email is not null and lower(v.email) = lower(bounced_for.email)
  ) or exists (
    select from public.memberships as m join auth.users on users.id = m.user_id
    where m.organization_id = o.id and lower(users.email) = lower(bounced_for.email)
  ) or exists (
    select from public.invitations as i where i.organization_id = o.id and lower(i.email) = lower(bounced_for.email)
  );
end $$;
comment on function app.bounced_for is
  'Whose mail bounced: the organisation of the job that sent it; when that is not known any more, those who know the address.';

create function public.note_bounce(email text, kind public.bounce_kind, reason text default '', job_id uuid default null)
returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  address constant text := lower(btrim(note_bounce.email));
  noted integer;
begin
  if not app.usable_email(address) then
    return 0;
  end if;
  insert into private.bounced_addresses as known (organization_id, email, kind, reason)
  select o.id, address, note_bounce.kind, left(coalesce(note_bounce.reason, ''), 500)
  from app.bounced_for(note_bounce.job_id, address) as found (id) join public.organizations as o on o.id = found.id
  on conflict on constraint bounced_addresses_pkey do update set
    -- A complaint weighs more, whichever comes first.
    kind = greatest(known.kind, excluded.kind),
    reason = case when excluded.kind >= known.kind then excluded.reason else known.reason end;
  get diagnostics noted = row_count;
  return noted;
end $$;
comment on function public.note_bounce is
  'For the worker and the function inbound-mail: stops mail to an address; answers for how many organisations.';

create function app.may_lift_bounce(organization_id uuid, email text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return may_lift_bounce.organization_id = any (array(select app.my_organization_ids('admin'))) or exists (
    select from public.visitors as v
    where v.organization_id = may_lift_bounce.organization_id and lower(v.email) = lower(may_lift_bounce.email)
      and v.site_id = any (array(select app.my_site_ids()))
  );
end $$;
comment on function app.may_lift_bounce is
  'Admins may have mail sent again to every address, operators to those of visitors of their sites.';

create function public.list_bounces(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform app.require_role(list_bounces.organization_id, 'admin');
  return (
    select coalesce(jsonb_agg(to_jsonb(page)), '[]')
    from (
      select b.email, b.kind, b.reason, b.bounced_at,
        (
          select coalesce(p.display_name, '') from public.memberships as m
          join auth.users on users.id = m.user_id join public.profiles as p on p.id = m.user_id
          where m.organization_id = b.organization_id and lower(users.email) = b.email limit 1
        ) as member_name
      from private.bounced_addresses as b
      where b.organization_id = list_bounces.organization_id
      order by b.bounced_at desc, b.email limit 200
    ) as page
  );
end $$;
comment on function public.list_bounces is 'MailBounce[] for admins: the newest 200 addresses to which nothing is sent any more.';

create function public.visitor_bounce(visitor_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('email', b.email, 'kind', b.kind, 'reason', b.reason, 'bounced_at', b.bounced_at, 'member_name', null)
    from public.visitors as v
    join private.bounced_addresses as b on b.organization_id = v.organization_id and b.email = lower(v.email)
    where v.id = visitor_bounce.visitor_id and v.site_id = any (array(select app.my_site_ids()))
  );
end $$;
comment on function public.visitor_bounce is
  'MailBounce for operators of the site: that mail to this visitor does not arrive; null when nothing is known.';

create function public.lift_bounce(organization_id uuid, email text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not app.may_lift_bounce(lift_bounce.organization_id, lift_bounce.email) then
    perform app.refuse(404, 'organization_not_found');
  end if;
  delete from private.bounced_addresses as b
  where b.organization_id = lift_bounce.organization_id and b.email = lower(btrim(lift_bounce.email));
  return found;
end $$;
comment on function public.lift_bounce is
  'Lets mail go to an address again, for admins, and for operators whose visitor has it; false when nothing stood against it.';

create function app.mail_counts(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(counted.outcome, counted.many), '{}')
    from (
      select m.outcome, count(*) as many from private.inbound_mails as m
      where m.organization_id = mail_counts.organization_id and m.received_at > now() - interval '30 days'
      group by m.outcome
    ) as counted
  );
end $$;
comment on function app.mail_counts is 'How many mails came in for an organisation in 30 days, by what became of them.';

create function public.read_mail_counts(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform app.require_role(read_mail_counts.organization_id, 'admin');
  return app.mail_counts(read_mail_counts.organization_id);
end $$;
comment on function public.read_mail_counts is
  'For admins: Partial<Record<MailOutcome, number>>, answers by e-mail of the last 30 days.';

create or replace function app.forget_opt_out() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (
    select from public.visitors as v where v.organization_id = old.organization_id and lower(v.email) = lower(old.email)
  ) or exists (
    select from public.memberships as m join auth.users on users.id = m.user_id
    where m.organization_id = old.organization_id and lower(users.email) = lower(old.email)
  ) then
    return null;
  end if;
  delete from private.mail_opt_outs as o where o.organization_id = old.organization_id and o.email = lower(old.email);
  delete from private.bounced_addresses as b where b.organization_id = old.organization_id and b.email = lower(old.email);
  return null;
end $$;
comment on function app.forget_opt_out is
  'An erased visitor''s address is not kept, neither as one that wants no mail nor as one that takes none.';

create function app.sweep_mail_records() returns integer
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  swept integer;
  also integer;
begin
  delete from private.inbound_mails where mail_key in (
    select m.mail_key from private.inbound_mails as m where m.received_at < now() - interval '90 days' limit 1000
  );
  get diagnostics swept = row_count;
  -- For a while longer an answer is told from one to nobody.
  delete from private.reply_addresses where token_hash in (
    select a.token_hash from private.reply_addresses as a where a.expires_at < now() - interval '90 days' limit 1000
  );
  get diagnostics also = row_count;
  return swept + also;
end $$;
comment on function app.sweep_mail_records is
  'For the schedule: forgets mails that came in 90 days ago and addresses that ended then.';

do $$
begin
  if not exists (select from pg_extension where extname = 'pg_cron') then
    raise notice 'pg_cron is missing: call app.sweep_mail_records() every hour in another way';
    return;
  end if;
  perform cron.schedule('chatiq-sweep-mails', '37 * * * *', 'select app.sweep_mail_records()');
end $$;

revoke execute on function public.may_mail, public.note_bounce from public, anon, authenticated;
grant execute on function public.may_mail, public.note_bounce to service_role;
grant execute on function
  public.list_bounces, public.visitor_bounce, public.lift_bounce, public.read_mail_counts
to authenticated;
