alter table public.sites add column follow_pages boolean not null default true;
comment on column public.sites.follow_pages is 'Whether the team sees which pages a visitor opens while a conversation of theirs is open.';
grant update (follow_pages) on public.sites to authenticated;

create table public.visitor_pages (
  id uuid primary key,
  organization_id uuid not null,
  site_id uuid not null,
  visitor_id uuid not null,
  url text not null check (char_length(url) between 1 and 2000),
  title text check (char_length(title) between 1 and 300),
  opened_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  left_at timestamptz,
  foreign key (visitor_id, site_id) references public.visitors (id, site_id) on delete cascade
);
comment on table public.visitor_pages is
  'Pages that visitors have open while a conversation of theirs is: addresses as app.clean_address leaves them, 100 of each visitor, for 30 days.';
comment on column public.visitor_pages.seen_at is 'When the widget last said that the page is before the visitor''s eyes.';
comment on column public.visitor_pages.left_at is 'When the widget said that the page was left; null also for a browser that went without a word.';
create index on public.visitor_pages (visitor_id, opened_at desc);
create index on public.visitor_pages (visitor_id, site_id);
create index on public.visitor_pages (site_id);
create index on public.visitor_pages (opened_at);
create index on public.visitor_pages (organization_id);

alter table public.visitor_pages enable row level security;
grant select on public.visitor_pages to authenticated;
create policy "operators read the pages of visitors of their sites" on public.visitor_pages
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer: visitors have no right to write tables; the rules are here.
create function public.note_page(page_id uuid, url text, title text default null, gone boolean default false) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := app.visitor_claims();
  visitor constant uuid := claims ->> 'visitor_id';
  site constant uuid := claims ->> 'site_id';
  address constant text := app.clean_address(url);
  called constant text := nullif(left(btrim(title), 300), '');
  conversation_id uuid;
begin
  if visitor is null then
    perform app.refuse(401, 'session_required');
  end if;
  if page_id is null or address is null or address !~ '^https?://.' then
    perform app.refuse(422, 'invalid_input', '{"argument": "url"}');
  end if;
  if app.visitor_blocked(visitor, site) then
    perform app.refuse(403, 'visitor_blocked');
  end if;
  if not exists (select from public.sites as s where s.id = site and s.follow_pages and s.archived_at is null)
    or not exists (
      select from public.conversations as c where c.visitor_id = visitor and c.site_id = site and c.status <> 'closed'
    )
  then
    return false;
  end if;
  perform app.take_token('pages:' || visitor, 60, 30);
  insert into public.visitor_pages as p (id, organization_id, site_id, visitor_id, url, title)
  values (page_id, (claims ->> 'organization_id')::uuid, site, visitor, address, called)
  on conflict (id) do update set
    title = coalesce(excluded.title, p.title), seen_at = now(),
    left_at = case when note_page.gone then now() end
  where p.visitor_id = visitor;
  if not found then
    perform app.refuse(409, 'id_conflict');
  end if;
  update public.visitors as v set campaign_url = address
  where v.id = visitor and address like '%?utm\_%' and v.campaign_url is distinct from address;
  delete from public.visitor_pages as p where p.id in (
    select old.id from public.visitor_pages as old where old.visitor_id = visitor order by old.opened_at desc offset 100
  );
  for conversation_id in
    select c.id from public.conversations as c
    where c.visitor_id = any (app.person_visitor_ids(visitor)) order by c.last_message_at desc limit 5
  loop
    perform realtime.send(
      jsonb_build_object('visitor_id', visitor), 'pages_changed', 'conversation:' || conversation_id || ':team', true
    );
  end loop;
  return true;
end $$;
comment on function public.note_page is
  'The visitor''s browser has a page open, still has it (the same id again), or has left it (gone). False, and nothing is kept, when no conversation is open or the site does not follow pages.';
grant execute on function public.note_page to anon;

create or replace function app.run_every_hour() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.apply_retention();
  perform app.sweep_records();
  delete from public.attachments as a where a.message_id is null and a.created_at < now() - interval '1 day';
  delete from public.visitor_pages as p where p.opened_at < now() - interval '30 days';
end $$;
comment on function app.run_every_hour is
  'Retention, pages of long ago, and files that were uploaded but never sent. security definer: called by the schedule.';
