-- A function in SQL with a search path of its own is planned anew at each call, one in PL/pgSQL once per connection:
-- a message costs a third of what it did.
create or replace function app.visitor_claim(name text) returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
declare
  claims constant jsonb := auth.jwt();
begin
  -- Visitors come as `anon`; a claim of this name in an operator's token must mean nothing.
  return case when claims ->> 'role' = 'anon' then (claims ->> visitor_claim.name)::uuid end;
end $$;

create function app.my_user_id() returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- A subject in a visitor's token must mean nothing.
  return case when auth.jwt() ->> 'role' = 'authenticated' then auth.uid() end;
end $$;
comment on function app.my_user_id is 'The account that calls; null for visitors and for the service.';
grant execute on function app.my_user_id to authenticated;

-- security definer: the rule reads tables whose policies use it.
create or replace function app.my_organization_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select memberships.organization_id from public.memberships
    where memberships.user_id = app.my_user_id()
      and memberships.role <= my_organization_ids.min_role and memberships.deactivated_at is null;
end $$;

-- security definer: the rule reads tables whose policies use it.
create or replace function app.my_site_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select sites.id from public.memberships
    join public.sites on sites.organization_id = memberships.organization_id
    where memberships.user_id = app.my_user_id()
      and memberships.role <= my_site_ids.min_role
      and memberships.deactivated_at is null
      and (
        memberships.role <= 'admin'
        or exists (
          select from public.site_operators
          where site_operators.site_id = sites.id and site_operators.user_id = memberships.user_id
        )
      );
end $$;

create or replace function app.inbox_conversation(conversation_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select to_jsonb(entry) from app.inbox_conversations as entry where entry.id = inbox_conversation.conversation_id
  );
end $$;

-- One row of the list for the operator who calls.
create or replace function app.my_inbox_conversation(entry app.inbox_conversations) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select to_jsonb(entry) || jsonb_build_object(
      'my_last_read_seq', coalesce(max(mine.last_read_seq), 0),
      'my_read_visitor_count', coalesce(max(mine.read_visitor_count), 0)
    )
    from public.conversation_reads as mine
    where mine.conversation_id = entry.id and mine.reader_id = auth.uid()
  );
end $$;
