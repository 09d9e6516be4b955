create function app.origin_allowed(allowed text[], origin text) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(bool_or(
    entry = '*'
    or lower(entry) = lower(origin)
    or (
      entry like '%://*.%'
      and lower(origin) like replace(replace(lower(split_part(entry, '*', 1)), '_', '\_'), '%', '\%') || '%'
      and lower(origin) like '%_' || replace(replace(lower(split_part(entry, '*', 2)), '_', '\_'), '%', '\%')
    )
  ), false)
  from unnest(allowed) as entry
$$;
comment on function app.origin_allowed is 'Whether an Origin header matches an entry: exact, https://*.domain (subdomains only), or *.';

create function app.open_site(site_key text, origin text, address text) returns public.sites
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  site public.sites;
begin
  select * into site from public.sites where sites.site_key = open_site.site_key and sites.archived_at is null;
  if site.id is null then
    perform app.refuse(404, 'site_not_found');
  end if;
  if not app.origin_allowed(site.allowed_origins, coalesce(origin, '')) then
    perform app.refuse(403, 'origin_not_allowed');
  end if;
  perform app.take_token('session:' || site.id || ':' || coalesce(address, ''), 120, 60);
  return site;
end $$;
comment on function app.open_site is
  'The site behind a key, if this origin may use it and this address does not hurry (burst 120, then 60 a minute: offices share an address).';

-- A verified person is the same visitor on every device: the id follows from the site and the customer's own id.
create function app.verified_visitor_id(site_id uuid, external_id text) returns uuid
language sql immutable security invoker set search_path = ''
as $$
  select encode(substring(extensions.digest(site_id::text || ':' || external_id, 'sha256') from 1 for 16), 'hex')::uuid
$$;

create function app.session_claims(session private.visitor_sessions) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'session_id', session.id, 'visitor_id', session.visitor_id, 'site_id', session.site_id,
    'organization_id', session.organization_id, 'verified', session.identity is not null
  )
$$;

-- Rotates a refresh token. `refused` is an answer, not an exception: a revocation must be stored.
create function app.continue_session(site_id uuid, token_hash bytea, new_token_hash bytea) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  grace constant interval := '30 seconds';
  token private.visitor_refresh_tokens;
  session private.visitor_sessions;
begin
  select s.* into session
  from private.visitor_sessions as s
  join private.visitor_refresh_tokens as t on t.session_id = s.id
  where t.token_hash = continue_session.token_hash and s.site_id = continue_session.site_id
  for update of s;
  if session.id is null or session.expires_at < now() then
    return '{"refused": "refresh_token_invalid"}';
  end if;
  if session.revoked_at is not null then
    return '{"refused": "session_revoked"}';
  end if;
  select * into token from private.visitor_refresh_tokens as t where t.token_hash = continue_session.token_hash;
  -- A used token is fine shortly after (two tabs at once), and as long as no successor was ever used
  -- (the answer was lost on the way). Anything else is a stolen copy: the whole session ends.
  if token.used_at < clock_timestamp() - grace and exists (
    select from private.visitor_refresh_tokens as child
    where child.parent_hash = token.token_hash and child.used_at is not null
  ) then
    update private.visitor_sessions set revoked_at = now() where id = session.id;
    return '{"refused": "session_revoked"}';
  end if;
  update private.visitor_refresh_tokens as t set used_at = coalesce(t.used_at, clock_timestamp())
  where t.token_hash = token.token_hash;
  insert into private.visitor_refresh_tokens (token_hash, session_id, parent_hash)
  values (new_token_hash, session.id, token.token_hash);
  update private.visitor_sessions set expires_at = now() + interval '90 days' where id = session.id;
  delete from private.visitor_refresh_tokens as t
  where t.session_id = session.id and t.used_at < now() - interval '7 days';
  return app.session_claims(session);
end $$;

-- A few at a time, by whoever comes: no schedule is needed to keep these tables small.
create function app.sweep_sessions() returns void
language sql volatile security invoker set search_path = ''
as $$
  delete from private.visitor_sessions where id in (
    select id from private.visitor_sessions where expires_at < now() limit 20 for update skip locked
  );
  delete from private.rate_buckets where key in (
    select key from private.rate_buckets where updated_at < now() - interval '1 hour' limit 20 for update skip locked
  );
$$;
comment on function app.sweep_sessions is 'Removes some expired sessions and some buckets that are long full again.';

create function app.begin_session(site public.sites, new_token_hash bytea, identity jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  session private.visitor_sessions;
begin
  perform app.sweep_sessions();
  insert into private.visitor_sessions (site_id, organization_id, visitor_id, identity, expires_at)
  values (
    site.id, site.organization_id,
    case when identity is null then gen_random_uuid() else app.verified_visitor_id(site.id, identity ->> 'sub') end,
    identity, now() + interval '90 days'
  )
  returning * into session;
  insert into private.visitor_refresh_tokens (token_hash, session_id) values (new_token_hash, session.id);
  return app.session_claims(session);
end $$;

-- For the functions visitor-session and boot. Tokens come as hex SHA-256, identity as claims already verified.
create function public.open_visitor_session(
  site_key text, origin text, address text, new_token_hash text,
  token_hash text default null, identity jsonb default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  site public.sites := app.open_site(site_key, origin, address);
  claims jsonb;
begin
  if token_hash is not null then
    claims := app.continue_session(site.id, decode(token_hash, 'hex'), decode(new_token_hash, 'hex'));
    -- Another person signed in (or a guest became known) on this browser: that is another visitor.
    if identity is not null and claims ->> 'visitor_id' is distinct from app.verified_visitor_id(site.id, identity ->> 'sub')::text then
      claims := null;
      delete from private.visitor_refresh_tokens where visitor_refresh_tokens.token_hash = decode(new_token_hash, 'hex');
    end if;
  end if;
  if claims is null then
    if identity is null and site.require_verification then
      perform app.refuse(403, 'identity_required');
    end if;
    claims := app.begin_session(site, decode(new_token_hash, 'hex'), identity);
  end if;
  return claims;
end $$;
comment on function public.open_visitor_session is
  'Begins or continues a visitor''s session; answers the claims of its token, or {"refused": ErrorCode}. security definer: sessions are private.';

create function public.boot_visitor(
  site_key text, origin text, address text, new_token_hash text,
  token_hash text default null, identity jsonb default null
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims jsonb;
  conversation public.conversations;
  site_id uuid;
begin
  if token_hash is not null or identity is not null then
    claims := public.open_visitor_session(site_key, origin, address, new_token_hash, token_hash, identity);
    site_id := (select sites.id from public.sites where sites.site_key = boot_visitor.site_key);
  else
    site_id := (app.open_site(site_key, origin, address)).id;
  end if;
  select * into conversation from public.conversations as c
  where c.visitor_id = (claims ->> 'visitor_id')::uuid and c.site_id = (claims ->> 'site_id')::uuid
  order by c.created_at desc limit 1;
  return jsonb_build_object(
    'claims', case when claims ? 'refused' then null else claims end,
    'site', app.public_site(site_id),
    'conversation', case when conversation.id is not null then app.visitor_conversation(conversation) || jsonb_build_object(
      'messages', (
        select coalesce(jsonb_agg(to_jsonb(newest) order by newest.seq), '[]')
        from (
          select m.* from public.messages as m
          where m.conversation_id = conversation.id and m.visibility = 'public'
          order by m.seq desc limit 30
        ) as newest
      )) end,
    'unread_count', (
      select count(*) from (
        select from public.messages as m
        where m.conversation_id = conversation.id and m.visibility = 'public'
          and m.author_kind <> 'visitor' and m.seq > conversation.visitor_read_seq
        limit 100
      ) as unread
    )
  );
end $$;
comment on function public.boot_visitor is
  'All that the function boot answers, but the signed token. security definer: sessions are private.';

create function public.site_identity_secret(site_key text) returns text
language sql stable security definer set search_path = ''
as $$
  select site_secrets.identity_secret from private.site_secrets
  join public.sites on sites.id = site_secrets.site_id
  where sites.site_key = site_identity_secret.site_key and sites.archived_at is null
$$;
comment on function public.site_identity_secret is
  'Secret that signs the identities of a site, for the functions that verify them. security definer: secrets are private.';

revoke execute on function public.open_visitor_session, public.boot_visitor, public.site_identity_secret
from public, anon, authenticated;
grant execute on function public.open_visitor_session, public.boot_visitor, public.site_identity_secret to service_role;
