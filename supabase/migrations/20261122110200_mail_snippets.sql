create table private.snippet_mails (
  id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  site_id uuid not null references public.sites (id) on delete cascade,
  email text not null check (char_length(email) between 3 and 254),
  language text not null check (language in ('en', 'uk')),
  sent_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
comment on table private.snippet_mails is
  'To whom the code of a widget was mailed, for the screen that says so; kept 90 days.';
create index on private.snippet_mails (site_id, created_at desc);
create index on private.snippet_mails (organization_id);
create index on private.snippet_mails (sent_by);
alter table private.snippet_mails enable row level security;

-- security definer, all below: the table and the jobs are private.
create function app.snippet_mail_of(mail private.snippet_mails) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', mail.id, 'email', mail.email, 'created_at', mail.created_at, 'sent_at', mail.sent_at,
    'state', case
      when mail.sent_at is not null then 'sent'
      when exists (
        select from private.jobs as j where j.dedupe_key = 'send_snippet:' || mail.id and j.dead_at is not null
      ) then 'failed'
      else 'waiting'
    end
  );
end $$;
comment on function app.snippet_mail_of is 'SnippetMail.';

create function public.mail_snippet(mail_id uuid, site_id uuid, email text, language text default 'en') returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site constant public.sites := app.require_site_admin(mail_snippet.site_id);
  address constant text := lower(btrim(mail_snippet.email));
  mail private.snippet_mails;
begin
  if mail_snippet.mail_id is null or not (app.valid_email(address) and app.usable_email(address)) then
    perform app.refuse(422, 'invalid_input', '{"argument": "email"}');
  end if;
  select * into mail from private.snippet_mails as s where s.id = mail_snippet.mail_id;
  if mail.id is null then
    -- Anybody's address may be typed here: neither a team nor many may fill a stranger's mailbox.
    perform app.take_slow_token('snippet:' || site.organization_id, 10, 10);
    perform app.take_slow_token('snippet-to:' || encode(extensions.digest(address, 'sha256'), 'hex'), 3, 3);
    delete from private.snippet_mails as s where s.site_id = site.id and s.created_at < now() - interval '90 days';
    insert into private.snippet_mails (id, organization_id, site_id, email, language, sent_by)
    values (
      mail_snippet.mail_id, site.organization_id, site.id, address, app.mail_language(mail_snippet.language), app.my_user_id()
    )
    on conflict do nothing
    returning * into mail;
    if mail.id is not null then
      perform app.enqueue_job(
        'send_snippet', jsonb_build_object('mail_id', mail.id), mail.organization_id, 'send_snippet:' || mail.id, priority => 3
      );
      perform app.audit(
        mail.organization_id, mail.site_id, 'insert', 'snippet_mail', mail.id::text, null,
        jsonb_build_object('email', mail.email, 'language', mail.language)
      );
    else
      select * into mail from private.snippet_mails as s where s.id = mail_snippet.mail_id;
    end if;
  end if;
  if mail.site_id is distinct from site.id or mail.email is distinct from address then
    perform app.refuse(409, 'id_conflict');
  end if;
  return app.snippet_mail_of(mail);
end $$;
comment on function public.mail_snippet is
  'SnippetMail: sends the code of a site''s widget, with what a page''s policy must allow, to whoever builds the pages; once per id.';

create function public.list_snippet_mails(site_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  site constant public.sites := app.require_site_admin(list_snippet_mails.site_id);
begin
  return (
    select coalesce(jsonb_agg(app.snippet_mail_of(newest) order by newest.created_at desc), '[]')
    from (
      select s.* from private.snippet_mails as s where s.site_id = site.id order by s.created_at desc limit 5
    ) as newest
  );
end $$;
comment on function public.list_snippet_mails is 'SnippetMail[]: to whom the code was mailed last, and whether it has left.';
grant execute on function public.mail_snippet, public.list_snippet_mails to authenticated;

create function public.snippet_mail(mail_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select app.mail_links() || jsonb_build_object(
      'to', mail.email, 'language', mail.language, 'time_zone', s.time_zone,
      'widget_url', (select setting.value from private.settings as setting where setting.key = 'widget_url'),
      'site_name', s.name, 'site_key', s.site_key, 'allowed_origins', s.allowed_origins,
      'organization_name', o.name, 'sent_by_name', p.display_name
    )
    from private.snippet_mails as mail
    join public.sites as s on s.id = mail.site_id and s.archived_at is null
    join public.organizations as o on o.id = mail.organization_id
    left join public.profiles as p on p.id = mail.sent_by
    where mail.id = snippet_mail.mail_id and mail.sent_at is null
  );
end $$;
comment on function public.snippet_mail is
  'For the job send_snippet: SnippetLetter, with the key of today; null when it has left, or the site is archived.';

create function public.snippet_mailed(mail_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.snippet_mails as s set sent_at = now() where s.id = snippet_mailed.mail_id and s.sent_at is null;
end $$;
comment on function public.snippet_mailed is 'For the job send_snippet: writes down that the mail has left.';
revoke execute on function public.snippet_mail, public.snippet_mailed from public, anon, authenticated;
grant execute on function public.snippet_mail, public.snippet_mailed to service_role;
