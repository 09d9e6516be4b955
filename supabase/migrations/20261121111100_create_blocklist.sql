create type public.block_kind as enum ('visitor', 'identity', 'address');

create table public.blocklist (
  id uuid primary key,
  organization_id uuid not null,
  site_id uuid not null,
  kind public.block_kind not null,
  visitor_id uuid,
  identity text check (char_length(identity) between 1 and 200),
  address cidr,
  reason text check (char_length(reason) between 1 and 500),
  expires_at timestamptz,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  foreign key (site_id, organization_id) references public.sites (id, organization_id) on delete cascade,
  foreign key (visitor_id, site_id) references public.visitors (id, site_id) on delete cascade,
  check (num_nonnulls(visitor_id, identity, address) = 1),
  check ((kind = 'visitor') = (visitor_id is not null)),
  check ((kind = 'identity') = (identity is not null)),
  check ((kind = 'address') = (address is not null))
);
comment on table public.blocklist is 'Who may not write to, listen to or send files to a site: a visitor, a signed identity, or addresses.';
comment on column public.blocklist.identity is 'The customer''s own id of the person (visitors.external_id), on whatever device.';
comment on column public.blocklist.address is 'One address or a network; not wider than /8 (IPv4) or /32 (IPv6).';
comment on column public.blocklist.expires_at is 'When the block ends by itself; null for never.';
create index on public.blocklist (site_id, created_at desc);
create index on public.blocklist (organization_id);
create index on public.blocklist (visitor_id);
create index on public.blocklist (created_by);

create trigger audit_change after insert or update or delete on public.blocklist
for each row execute function app.audit_change('id');

alter table public.blocklist enable row level security;
grant select on public.blocklist to authenticated;
create policy "operators read who is blocked on their sites" on public.blocklist
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

alter table private.visitor_sessions add column address inet;
comment on column private.visitor_sessions.address is 'Where the session was last opened from, to compare with blocked addresses.';
create index on private.visitor_sessions (site_id, address);

-- security definer, all below: sessions and the list are not readable to visitors.
create function app.session_blocked(site_id uuid, visitor_id uuid, identity text, address inet) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from public.blocklist as b
    where b.site_id = session_blocked.site_id
      and (b.expires_at is null or b.expires_at > now())
      and (
        b.visitor_id = session_blocked.visitor_id
        or b.identity = session_blocked.identity
        or b.address >>= session_blocked.address
      )
  );
end $$;
comment on function app.session_blocked is 'Whether a block of the site names this visitor, signed identity or address.';

create function app.visitor_blocked(visitor_id uuid, site_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Nearly always the site blocks nobody, and nothing else is read.
  if not exists (select from public.blocklist as b where b.site_id = visitor_blocked.site_id) then
    return false;
  end if;
  return app.session_blocked(
    visitor_blocked.site_id, visitor_blocked.visitor_id,
    (select visitors.external_id from public.visitors where visitors.id = visitor_blocked.visitor_id), null
  ) or exists (
    select from private.visitor_sessions as s
    where s.visitor_id = visitor_blocked.visitor_id and s.site_id = visitor_blocked.site_id
      and app.session_blocked(s.site_id, s.visitor_id, s.identity ->> 'sub', s.address)
  );
end $$;
comment on function app.visitor_blocked is 'Whether a visitor is blocked by any name: its own, its signed identity, the addresses of its sessions.';

create function app.conversation_blocked(conversation_id uuid, site_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not exists (select from public.blocklist as b where b.site_id = conversation_blocked.site_id) then
    return false;
  end if;
  return (
    select app.visitor_blocked(c.visitor_id, c.site_id) from public.conversations as c
    where c.id = conversation_blocked.conversation_id
  );
end $$;
comment on function app.conversation_blocked is 'Whether the visitor of a conversation on this site is blocked.';

create function app.refuse_blocked() returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if app.visitor_blocked(app.visitor_claim('visitor_id'), app.visitor_claim('site_id')) then
    perform app.refuse(403, 'visitor_blocked');
  end if;
end $$;
comment on function app.refuse_blocked is 'Refuses the visitor who calls when a block names it.';

-- Through this one function a blocked visitor loses reading, listening, typing and files at once.
create or replace function app.my_visitor_conversation_ids() returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  visitor constant uuid := app.visitor_claim('visitor_id');
  site constant uuid := app.visitor_claim('site_id');
begin
  if visitor is null or app.visitor_blocked(visitor, site) then
    return;
  end if;
  return query select c.id from public.conversations as c where c.visitor_id = visitor and c.site_id = site;
end $$;

create function app.block(entry public.blocklist) returns public.blocklist
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stored public.blocklist;
begin
  if entry.id is null or entry.expires_at <= now() then
    perform app.refuse(422, 'invalid_input');
  end if;
  insert into public.blocklist (id, organization_id, site_id, kind, visitor_id, identity, address, reason, expires_at, created_by)
  select entry.id, sites.organization_id, sites.id, entry.kind, entry.visitor_id, entry.identity, entry.address,
    nullif(btrim(entry.reason), ''), entry.expires_at, (select auth.uid())
  from public.sites where sites.id = entry.site_id
  on conflict (id) do nothing;
  select * into stored from public.blocklist where id = entry.id;
  if (stored.site_id, stored.kind) is distinct from (entry.site_id, entry.kind)
    or (stored.visitor_id, stored.identity, stored.address) is distinct from (entry.visitor_id, entry.identity, entry.address)
  then
    perform app.refuse(409, 'id_conflict');
  end if;
  return stored;
end $$;

create function public.block_visitor(
  id uuid, visitor_id uuid, reason text default null, expires_at timestamptz default null, with_identity boolean default true
) returns public.blocklist
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor public.visitors;
  entry public.blocklist;
begin
  select * into visitor from public.visitors as v
  where v.id = block_visitor.visitor_id and v.site_id = any (array(select app.my_site_ids()));
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  entry.id := block_visitor.id;
  entry.site_id := visitor.site_id;
  entry.reason := block_visitor.reason;
  entry.expires_at := block_visitor.expires_at;
  if with_identity and visitor.external_id is not null then
    entry.kind := 'identity';
    entry.identity := visitor.external_id;
  else
    entry.kind := 'visitor';
    entry.visitor_id := visitor.id;
  end if;
  return app.block(entry);
end $$;
comment on function public.block_visitor is
  'Blocks a visitor of the caller''s sites, once per id; a verified one by its identity, so that another device does not help. Returns the entry.';

create function public.block_visitor_address(
  id uuid, visitor_id uuid, reason text default null, expires_at timestamptz default null
) returns public.blocklist
language plpgsql volatile security definer set search_path = ''
as $$
declare
  entry public.blocklist;
begin
  select s.site_id, set_masklen(s.address, case family(s.address) when 4 then 32 else 64 end)::cidr
  into entry.site_id, entry.address
  from private.visitor_sessions as s
  where s.visitor_id = block_visitor_address.visitor_id and s.site_id = any (array(select app.my_site_ids())) and s.address is not null
  order by s.expires_at desc limit 1;
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  entry.id := block_visitor_address.id;
  entry.kind := 'address';
  entry.reason := block_visitor_address.reason;
  entry.expires_at := block_visitor_address.expires_at;
  return app.block(entry);
end $$;
comment on function public.block_visitor_address is
  'Blocks the address (IPv6: the /64) from which a visitor of the caller''s sites came last, without showing it before. Returns the entry.';

create function public.block_address(
  id uuid, site_id uuid, address cidr, reason text default null, expires_at timestamptz default null
) returns public.blocklist
language plpgsql volatile security definer set search_path = ''
as $$
declare
  entry public.blocklist;
begin
  if site_id is null or site_id <> all (array(select app.my_site_ids('admin'))) then
    perform app.refuse(404, 'site_not_found');
  end if;
  if address is null or masklen(address) < (case family(address) when 4 then 8 else 32 end) then
    perform app.refuse(422, 'invalid_input', '{"argument": "address"}');
  end if;
  entry.id := block_address.id;
  entry.site_id := block_address.site_id;
  entry.kind := 'address';
  entry.address := block_address.address;
  entry.reason := block_address.reason;
  entry.expires_at := block_address.expires_at;
  return app.block(entry);
end $$;
comment on function public.block_address is 'Blocks a network on a site of which the caller is an admin, once per id. Returns the entry.';

create function public.unblock(id uuid) returns void
language sql volatile security definer set search_path = ''
as $$
  delete from public.blocklist as b
  where b.id = unblock.id and b.site_id = any (array(
    select app.my_site_ids(case b.kind when 'address' then 'admin'::public.member_role else 'operator' end)
  ))
$$;
comment on function public.unblock is 'Lifts a block of the caller''s sites (of addresses: admins); a repeat does nothing.';

grant execute on function public.block_visitor, public.block_visitor_address, public.block_address, public.unblock to authenticated;
