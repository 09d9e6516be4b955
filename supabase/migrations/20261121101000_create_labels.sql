create table public.labels (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 60 and name = btrim(name)),
  color text not null default '#64748b' check (color ~ '^#[0-9a-f]{6}$'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, organization_id)
);
comment on table public.labels is 'What a team calls its conversations.';
create unique index labels_name on public.labels (organization_id, lower(name));

create table public.conversation_labels (
  conversation_id uuid not null,
  label_id uuid not null,
  organization_id uuid not null,
  site_id uuid not null,
  labelled_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (conversation_id, label_id),
  foreign key (conversation_id, organization_id, site_id)
    references public.conversations (id, organization_id, site_id) on delete cascade,
  foreign key (label_id, organization_id) references public.labels (id, organization_id) on delete cascade
);
comment on table public.conversation_labels is 'Which labels a conversation carries.';
create index on public.conversation_labels (label_id, organization_id);
create index on public.conversation_labels (site_id, label_id);
create index on public.conversation_labels (organization_id);
create index on public.conversation_labels (labelled_by);

create trigger touch_updated_at before update on public.labels
for each row execute function app.touch_updated_at();

-- security definer: nobody but triggers writes conversations.
create function app.mark_conversation_labelled() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  entry public.conversation_labels := case tg_op when 'DELETE' then old else new end;
begin
  -- A deleted label goes from thousands of conversations at once: lists skip ids that they do not know.
  update public.conversations as c set changed_xid = pg_current_xact_id()
  where c.id = entry.conversation_id and exists (select from public.labels as l where l.id = entry.label_id);
  return null;
end $$;
comment on function app.mark_conversation_labelled is 'The list must hear of labels: they show there.';

create trigger mark_conversation_labelled after insert or delete on public.conversation_labels
for each row execute function app.mark_conversation_labelled();

alter table public.labels enable row level security;
alter table public.conversation_labels enable row level security;

grant select, delete, insert (id, organization_id, name, color), update (name, color) on public.labels to authenticated;
grant select on public.conversation_labels to authenticated;

create policy "members read the labels of their organisations" on public.labels
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids())));

create policy "admins make labels" on public.labels
for insert to authenticated
with check (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins edit labels" on public.labels
for update to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))))
with check (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "admins delete labels" on public.labels
for delete to authenticated
using (organization_id = any (array(select app.my_organization_ids('admin'))));

create policy "operators read the labels of conversations on their sites" on public.conversation_labels
for select to authenticated
using (site_id = any (array(select app.my_site_ids())));

-- security definer: operators have no right to write these tables; the rule is the same in both functions.
create function public.label_conversation(conversation_id uuid, label_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
begin
  select * into conversation from public.conversations as c
  where c.id = label_conversation.conversation_id and c.site_id = any (array(select app.my_site_ids()));
  if conversation.id is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  insert into public.conversation_labels (conversation_id, label_id, organization_id, site_id, labelled_by)
  values (
    conversation.id, label_conversation.label_id, conversation.organization_id, conversation.site_id, (select auth.uid())
  )
  on conflict on constraint conversation_labels_pkey do nothing;
  return app.inbox_conversation(conversation.id);
exception when foreign_key_violation or not_null_violation then
  perform app.refuse(404, 'label_not_found');
end $$;
comment on function public.label_conversation is 'Puts a label of the organisation on a conversation; returns InboxConversation.';

-- security definer: for the same reason.
create function public.unlabel_conversation(conversation_id uuid, label_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not exists (
    select from public.conversations as c
    where c.id = unlabel_conversation.conversation_id and c.site_id = any (array(select app.my_site_ids()))
  ) then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  delete from public.conversation_labels as l
  where l.conversation_id = unlabel_conversation.conversation_id and l.label_id = unlabel_conversation.label_id;
  return app.inbox_conversation(unlabel_conversation.conversation_id);
end $$;
comment on function public.unlabel_conversation is 'Takes a label off a conversation; returns InboxConversation.';

grant execute on function public.label_conversation, public.unlabel_conversation to authenticated;
