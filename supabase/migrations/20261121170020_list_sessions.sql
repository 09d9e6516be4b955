-- security definer: sessions are Auth's.
create function public.list_sessions()
returns table (id uuid, user_agent text, created_at timestamptz, refreshed_at timestamptz, is_current boolean)
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select s.id, s.user_agent, s.created_at, coalesce(s.refreshed_at at time zone 'UTC', s.created_at),
      s.id::text is not distinct from auth.jwt() ->> 'session_id'
    from auth.sessions as s
    where s.user_id = app.my_user_id() and coalesce(s.not_after > now(), true)
    order by 5 desc, 4 desc;
end $$;
comment on function public.list_sessions is 'Where the caller is signed in, this session first.';

-- security definer: for the same reason.
create function public.end_session(session_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from auth.sessions as s where s.id = end_session.session_id and s.user_id = app.my_user_id();
  return found;
end $$;
comment on function public.end_session is
  'Signs a device of the caller out: it gets no new access token. False when there is no such session.';

grant execute on function public.list_sessions, public.end_session to authenticated;
