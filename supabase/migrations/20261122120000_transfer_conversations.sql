-- A conversation that goes to the team of another site stays where it is. Its visitor's session, the widget that is open on
-- their page, blocks, files and limits are of the site on which they wrote, and policies, topics and foreign keys name it:
-- moving the row would end the session in the middle of a sentence, and show the visitor's person to people who do not
-- answer on that site. So a conversation keeps its site and remembers whose team has it now. Nobody gains access by it:
-- of the other team those see it who answer on its own site too.
alter table public.conversations
  add column team_site_id uuid,
  add foreign key (team_site_id, organization_id) references public.sites (id, organization_id) on delete set null (team_site_id),
  add check (team_site_id <> site_id);
comment on column public.conversations.team_site_id is
  'The site whose team has it now, when that is another one than its own: it stands in the lists of that site.';
create index on public.conversations (team_site_id, status, last_message_at desc, id desc) where team_site_id is not null;

-- security definer: who works where is private; only the caller's own sites are told.
create function public.list_transfer_targets(conversation_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  my_sites constant uuid[] := array(select app.my_site_ids());
  conversation public.conversations;
begin
  select * into conversation from public.conversations as c
  where c.id = list_transfer_targets.conversation_id and c.site_id = any (my_sites);
  if conversation.id is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'site_id', s.id, 'name', s.name,
      'user_ids', (
        select coalesce(jsonb_agg(theirs.user_id order by theirs.user_id), '[]')
        from private.site_access as theirs
        where theirs.organization_id = s.organization_id and theirs.site_id = s.id
          and app.works_on_site(theirs.user_id, conversation.site_id)
      )
    ) order by s.name, s.id), '[]')
    from public.sites as s
    where s.id = any (my_sites) and s.organization_id = conversation.organization_id and s.archived_at is null
      and s.id <> coalesce(conversation.team_site_id, conversation.site_id)
  );
end $$;
comment on function public.list_transfer_targets is
  'TransferTarget[]: the caller''s other sites of the organisation, and who of their teams could answer this conversation.';

-- security definer: operators have no right to write conversations.
create function public.transfer_conversation(conversation_id uuid, site_id uuid, assignee_id uuid default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations := app.lock_my_conversation(conversation_id);
  next_one uuid := transfer_conversation.assignee_id;
  routed boolean := false;
begin
  if not exists (
    select from public.sites as s
    where s.id = transfer_conversation.site_id and s.organization_id = conversation.organization_id
      and s.id = any (array(select app.my_site_ids())) and s.archived_at is null
  ) then
    perform app.refuse(404, 'site_not_found');
  end if;
  if next_one is not null and not app.works_on_site(next_one, conversation.site_id) then
    perform app.refuse(422, 'assignee_not_on_site');
  end if;
  if transfer_conversation.site_id = coalesce(conversation.team_site_id, conversation.site_id)
    and (next_one is null or next_one is not distinct from conversation.assignee_id)
  then
    return app.inbox_conversation(conversation.id);
  end if;
  if next_one is null and conversation.status = 'open' then
    perform app.lock_routing(conversation.organization_id);
    -- Whoever gives it away does not get it back by turns.
    next_one := app.next_assignee(
      conversation.site_id, nullif(transfer_conversation.site_id, conversation.site_id), conversation.assignee_id
    );
    routed := next_one is not null;
  end if;
  if routed then
    perform app.take_turn(conversation.organization_id, next_one), set_config('app.routing', 'on', true);
  end if;
  update public.conversations as c set
    team_site_id = nullif(transfer_conversation.site_id, c.site_id), assignee_id = next_one, queued_at = null
  where c.id = conversation.id;
  perform set_config('app.routing', '', true);
  if next_one is null and conversation.status = 'open' then
    perform app.offer_conversation(conversation.id);
  end if;
  return app.inbox_conversation(conversation.id);
end $$;
comment on function public.transfer_conversation is
  'Gives a conversation to the team of another site of the organisation (or back to its own), of whom somebody gets it by turns where its site does that, or to this person; the caller answers on both sites. Returns InboxConversation.';
grant execute on function public.list_transfer_targets, public.transfer_conversation to authenticated;

-- security definer: nobody but functions writes conversations.
create function app.return_transferred() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c set team_site_id = null where c.team_site_id = new.id;
  return null;
end $$;
comment on function app.return_transferred is 'The team of an archived site has nothing any more: it goes back to where it came from.';
create trigger return_transferred after update of archived_at on public.sites
for each row when (old.archived_at is null and new.archived_at is not null)
execute function app.return_transferred();
