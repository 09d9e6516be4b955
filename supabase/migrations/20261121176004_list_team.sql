-- security definer: addresses and presence are private, and admins may see those of their own team.
create function public.list_team(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform app.require_role(list_team.organization_id, 'admin');
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'user_id', m.user_id, 'name', p.display_name, 'avatar_url', p.avatar_url, 'email', u.email, 'role', m.role,
      'capacity', m.capacity, 'deactivated_at', m.deactivated_at, 'joined_at', m.created_at,
      'presence', coalesce(
        (select app.presence_of(r) from private.operator_presence as r where r.user_id = m.user_id), 'offline'
      ),
      'site_ids', (
        select coalesce(jsonb_agg(o.site_id order by o.site_id), '[]') from public.site_operators as o
        where o.organization_id = m.organization_id and o.user_id = m.user_id
      ),
      'open_conversations', (
        select count(*) from public.conversations as c
        where c.assignee_id = m.user_id and c.organization_id = m.organization_id and c.status <> 'closed'
      )
    ) order by m.deactivated_at is not null, m.role, p.display_name), '[]')
    from public.memberships as m
    join public.profiles as p on p.id = m.user_id
    join auth.users as u on u.id = m.user_id
    where m.organization_id = list_team.organization_id
  );
end $$;
comment on function public.list_team is 'TeamMember[] for admins: everybody of the organisation, with what hangs on each of them.';

-- Of open conversations alone: there are as many as a person can have in hand, however many they had.
create index on public.conversations (assignee_id) where assignee_id is not null and status <> 'closed';

-- security definer: nobody but functions writes conversations.
create function public.hand_over_conversations(organization_id uuid, user_id uuid, to_user_id uuid) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.memberships := app.lock_member(hand_over_conversations.organization_id, hand_over_conversations.user_id);
  moved integer;
begin
  if member.user_id is null then
    perform app.refuse(404, 'member_not_found');
  end if;
  update public.conversations as c set assignee_id = hand_over_conversations.to_user_id
  where c.assignee_id = member.user_id and c.organization_id = member.organization_id and c.status <> 'closed'
    and c.assignee_id is distinct from hand_over_conversations.to_user_id
    and c.site_id in (
      select a.site_id from private.site_access as a
      where a.user_id = hand_over_conversations.to_user_id and a.organization_id = member.organization_id
    );
  get diagnostics moved = row_count;
  return moved;
end $$;
comment on function public.hand_over_conversations is
  'Gives the open conversations of a member to a colleague, those of sites where the colleague works; answers how many.';
grant execute on function public.list_team, public.hand_over_conversations to authenticated;
