-- security definer: visitors have no right to read profiles; these columns are meant for their eyes.
create function public.list_conversation_agents(conversation_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_agg(jsonb_build_object(
        'id', p.id, 'name', p.display_name, 'avatar_url', p.avatar_url, 'job_title', p.job_title
      ) order by p.id), '[]'
    )
    from public.profiles as p
    where p.id in (
      select m.author_id from public.messages as m
      where m.conversation_id = list_conversation_agents.conversation_id
        and m.conversation_id = any (array(select app.my_visitor_conversation_ids()))
        and m.author_kind = 'operator' and m.visibility = 'public'
    )
  );
end $$;
comment on function public.list_conversation_agents is
  'ConversationAgent[]: who of the team has answered in a conversation of the visitor who calls, as they are called today.';
grant execute on function public.list_conversation_agents to anon;

-- security definer: whoever renames themselves may not read all the sites they have answered on.
create function app.broadcast_agent() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- The name itself is not on this topic, which anybody may listen to: those who have talked to them ask.
  perform realtime.send(jsonb_build_object('agent_id', new.id), 'agent_changed', 'site:' || s.id, true)
  from public.sites as s
  join public.memberships as m on m.organization_id = s.organization_id
  where m.user_id = new.id and s.archived_at is null and app.works_on_site(new.id, s.id);
  return null;
end $$;
comment on function app.broadcast_agent is
  'Tells the sites somebody answers on that their name or picture has changed; list_conversation_agents tells to what.';

create trigger broadcast_agent after update of display_name, avatar_url, job_title on public.profiles
for each row when (
  (old.display_name, old.avatar_url, old.job_title) is distinct from (new.display_name, new.avatar_url, new.job_title)
)
execute function app.broadcast_agent();
