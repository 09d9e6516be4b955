alter table public.sites
  add column missed_chat_minutes integer default 5 check (missed_chat_minutes between 1 and 1440),
  add column offline_reply_minutes integer default 10 check (offline_reply_minutes between 1 and 1440);
comment on column public.sites.missed_chat_minutes is
  'Minutes a visitor waits before operators get an e-mail; null: never.';
comment on column public.sites.offline_reply_minutes is
  'Minutes an answer stays unread before it follows by e-mail; null: never.';
grant update (missed_chat_minutes, offline_reply_minutes) on public.sites to authenticated;

create table private.mail_opt_outs (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  email text not null check (email = lower(email)),
  created_at timestamptz not null default now(),
  primary key (organization_id, email)
);
comment on table private.mail_opt_outs is
  'Addresses that asked for no more notifications of this organisation. Invitations and transcripts were asked for and still go there.';
alter table private.mail_opt_outs enable row level security;

insert into private.settings (key, value) values ('mail_secret', app.new_secret('')) on conflict do nothing;

-- security definer, all below: addresses, settings and opt-outs are private; triggers and service functions call these.
create function app.usable_email(email text) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  -- One plain address: what could add a header, a second recipient or a route is none.
  return coalesce(
    email ~ '^[^@[:space:][:cntrl:]<>(),;:"\\]+@[^@[:space:][:cntrl:]<>(),;:"\\]+\.[^@[:space:][:cntrl:]<>(),;:"\\.]+$'
    and char_length(email) <= 254, false
  );
end $$;
comment on function app.usable_email is 'Whether a mail can be sent to this address.';

create function app.wants_mail(organization_id uuid, email text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return app.usable_email(wants_mail.email) and not exists (
    select from private.mail_opt_outs as o
    where o.organization_id = wants_mail.organization_id and o.email = lower(wants_mail.email)
  );
end $$;
comment on function app.wants_mail is 'Whether notifications of this organisation may go to this address.';

create function app.sign_mail_token(content text) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return translate(encode(extensions.hmac(
    sign_mail_token.content, (select s.value from private.settings as s where s.key = 'mail_secret'), 'sha256'
  ), 'base64'), E'+/=\n', '-_');
end $$;

create function app.unsubscribe_token(organization_id uuid, person text, person_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  content constant text := unsubscribe_token.person || '.' || unsubscribe_token.organization_id || '.' || unsubscribe_token.person_id;
begin
  return content || '.' || app.sign_mail_token(content);
end $$;
comment on function app.unsubscribe_token is
  'Lets whoever holds it end the notifications of one organisation to one person (member or visitor); names no address.';

create function public.unsubscribe(token text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  parts constant text[] := string_to_array(unsubscribe.token, '.');
  content constant text := array_to_string(parts[1:3], '.');
  organization uuid;
  address text;
begin
  if cardinality(parts) is distinct from 4 or parts[4] is distinct from app.sign_mail_token(content) then
    return false;
  end if;
  organization := parts[2]::uuid;
  address := case parts[1]
    when 'member' then (select users.email from auth.users where users.id = parts[3]::uuid)
    else (select v.email from public.visitors as v where v.id = parts[3]::uuid and v.organization_id = organization) end;
  insert into private.mail_opt_outs (organization_id, email)
  select o.id, lower(address) from public.organizations as o where o.id = organization and address is not null
  on conflict do nothing;
  return true;
end $$;
comment on function public.unsubscribe is
  'For the function unsubscribe: ends the notifications that the signed token of a mail names; false for a token that is not ours.';
revoke execute on function public.unsubscribe from public, anon, authenticated;
grant execute on function public.unsubscribe to service_role;

create function app.forget_opt_out() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from private.mail_opt_outs as o
  where o.organization_id = old.organization_id and o.email = lower(old.email)
    and not exists (
      select from public.visitors as v where v.organization_id = old.organization_id and lower(v.email) = lower(old.email)
    )
    and not exists (
      select from public.memberships as m join auth.users on users.id = m.user_id
      where m.organization_id = old.organization_id and lower(users.email) = lower(old.email)
    );
  return null;
end $$;
comment on function app.forget_opt_out is 'An erased visitor''s address is not kept, not even as one that wants no mail.';
create trigger forget_opt_out after delete on public.visitors
for each row when (old.email is not null) execute function app.forget_opt_out();

create function app.mail_links() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(s.key, s.value), '{}') from private.settings as s
    where s.key in ('functions_url', 'console_url')
  );
end $$;
comment on function app.mail_links is 'Where links of mails lead: functions_url and console_url, as far as they are known.';

create function app.mail_language(language text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case when mail_language.language ilike 'uk%' then 'uk' else 'en' end;
end $$;

create function app.mail_lines(conversation_id uuid, after_seq integer, upto integer, kinds public.author_kind[])
returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'seq', page.seq, 'author_kind', page.author_kind, 'author_name', page.author_name, 'body', page.body,
      'created_at', page.created_at,
      'files', (select coalesce(jsonb_agg(file ->> 'name'), '[]') from jsonb_array_elements(page.attachments) as file)
    ) order by page.seq), '[]')
    from (
      select m.* from public.messages as m
      where m.conversation_id = mail_lines.conversation_id and m.seq > mail_lines.after_seq
        and m.visibility = 'public' and m.redacted_at is null and m.author_kind = any (kinds)
      order by m.seq desc limit upto
    ) as page
  );
end $$;
comment on function app.mail_lines is 'MailLine[]: the newest public messages above a seq, oldest first; nothing that was redacted.';

create function app.return_page(allowed text[], page_url text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  origin constant text := substring(page_url from '^(https?://[^/?#@\s\\]+)([/?#]|$)');
begin
  -- The page is what a browser claimed: a mail of ours leads only to where the widget may be.
  return case when app.origin_allowed(array_remove(allowed, '*'), origin) then page_url
    else (select entry from unnest(allowed) as entry where entry not like '%*%' limit 1) end;
end $$;
comment on function app.return_page is 'The page a visitor came from, or the site''s first address; null when neither is known to be the site''s.';
