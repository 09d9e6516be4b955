create table public.drafts (
  user_id uuid not null default auth.uid(),
  conversation_id uuid not null,
  visibility public.message_visibility not null,
  organization_id uuid not null,
  site_id uuid not null,
  body text not null check (char_length(body) between 1 and 8000),
  updated_at timestamptz not null default now(),
  primary key (user_id, conversation_id, visibility),
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade,
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade
);
comment on table public.drafts is
  'What an operator has begun to write, an answer or a note, for their other devices; nobody else sees it.';
create index on public.drafts (organization_id, user_id);
create index on public.drafts (conversation_id, organization_id, site_id);

alter table public.drafts enable row level security;
grant select on public.drafts to authenticated;
create policy "operators read their own drafts" on public.drafts
for select to authenticated
using (user_id = (select auth.uid()) and site_id = any (array(select app.my_site_ids())));

-- security definer: the conversation decides whose site the row is of.
create function public.save_draft(conversation_id uuid, visibility public.message_visibility, body text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  author constant uuid := (select auth.uid());
begin
  if visibility is null or body is null or char_length(body) > 8000 then
    perform app.refuse(422, 'invalid_input');
  end if;
  select * into conversation from public.conversations as c
  where c.id = save_draft.conversation_id and c.site_id = any (array(select app.my_site_ids()));
  if conversation.id is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if body = '' then
    delete from public.drafts as d
    where d.user_id = author and d.conversation_id = conversation.id and d.visibility = save_draft.visibility;
    return;
  end if;
  insert into public.drafts as d (user_id, conversation_id, visibility, organization_id, site_id, body)
  values (author, conversation.id, save_draft.visibility, conversation.organization_id, conversation.site_id, save_draft.body)
  on conflict on constraint drafts_pkey do update set body = excluded.body, updated_at = now()
  where d.body <> excluded.body;
end $$;
comment on function public.save_draft is
  'Keeps what the caller has begun to write in a conversation, an answer (public) or a note (team); an empty text removes it.';
grant execute on function public.save_draft to authenticated;
