-- A small product under row-level security, made by `postgres` like every migration.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public
  revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public
  revoke execute on functions from anon, authenticated, service_role;

create type public.conversation_status as enum ('open', 'pending', 'closed');

create table public.sites (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null default auth.uid() references auth.users on delete cascade,
  name text not null check (name <> ''),
  created_at timestamptz not null default now()
);

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  site_id uuid not null references public.sites on delete cascade,
  visitor_id uuid,
  status public.conversation_status not null default 'open',
  past_statuses public.conversation_status[] not null default '{}',
  meta jsonb not null default '{}',
  price numeric(10, 2),
  created_at timestamptz not null default now()
);

create table public.messages (
  id bigint generated always as identity primary key,
  conversation_id uuid not null references public.conversations on delete cascade,
  author text not null check (author in ('operator', 'visitor')),
  body text not null,
  created_at timestamptz not null default now(),
  unique (conversation_id, body)
);

create table public.locked (id int primary key);

create view public.message_texts with (security_invoker) as
  select id, body from public.messages;

alter table public.sites enable row level security;
alter table public.conversations enable row level security;
alter table public.messages enable row level security;
alter table public.locked enable row level security;

grant select, insert, update, delete on public.sites, public.conversations, public.messages
  to authenticated, service_role;
grant select on public.conversations to anon;
grant select, insert on public.messages to anon;
grant select on public.message_texts to authenticated;

create policy "owners use their sites" on public.sites to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy "owners use conversations" on public.conversations to authenticated
  using (site_id in (select id from public.sites));
create policy "owners use messages" on public.messages to authenticated
  using (conversation_id in (select id from public.conversations));
create policy "visitors read their conversations" on public.conversations for select to anon
  using (visitor_id = ((select auth.jwt()) ->> 'visitor_id')::uuid);
create policy "visitors read their messages" on public.messages for select to anon
  using (conversation_id in (select id from public.conversations));
create policy "visitors write" on public.messages for insert to anon
  with check (author = 'visitor' and conversation_id in (select id from public.conversations));

create function public.whoami() returns jsonb language sql stable as $$
  select jsonb_build_object(
    'role', current_user,
    'login', session_user,
    'uid', auth.uid(),
    'jwt', auth.jwt(),
    'timeout', current_setting('statement_timeout'),
    'search_path', current_setting('search_path'),
    'headers', current_setting('request.headers')::jsonb
  )
$$;

create function public.add(a int, b int default 10) returns int language sql immutable as $$
  select a + b
$$;

create function public.describe_json(value jsonb) returns jsonb language sql immutable as $$
  select jsonb_build_object('type', jsonb_typeof(value), 'value', value)
$$;

create function public.join_texts(texts text[]) returns text language sql immutable as $$
  select array_to_string(texts, '|')
$$;

create function public.reply(seen_seq int) returns void language plpgsql as $$
begin
  if seen_seq < 3 then
    raise sqlstate 'PT409' using message = 'stale_reply', detail = '{"last_seq":3}';
  end if;
end
$$;

create function public.refuse(state text) returns void language plpgsql as $$
begin
  raise exception using errcode = state, message = 'refused';
end
$$;

create function public.first_message() returns public.messages language sql stable as $$
  select * from public.messages order by id limit 1
$$;

create function public.all_messages() returns setof public.messages language sql stable as $$
  select * from public.messages order by id
$$;

create function public.largest() returns bigint language sql immutable as $$
  select 9007199254740991
$$;

create function public.rename_all(name text) returns int language plpgsql as $$
declare
  changed int;
begin
  update public.sites set name = rename_all.name where true;
  get diagnostics changed = row_count;
  return changed;
end
$$;

create function public.sleep(seconds float) returns void language sql as $$
  select pg_sleep(seconds)
$$;

grant execute on all functions in schema public to anon, authenticated, service_role;

-- What a profile trigger of a real project does.
create table public.profiles (user_id uuid primary key references auth.users, name text);

create function public.create_profile() returns trigger language plpgsql security definer as $$
begin
  insert into public.profiles (user_id, name) values (new.id, new.raw_user_meta_data ->> 'name');
  return new;
end
$$;

create trigger create_profile after insert on auth.users
  for each row execute function public.create_profile();
alter table public.profiles drop constraint profiles_user_id_fkey,
  add foreign key (user_id) references auth.users on delete cascade;

insert into storage.buckets (id, name, public, allowed_mime_types, file_size_limit) values
  ('private', 'private', false, null, null),
  ('public', 'public', true, null, null),
  ('pictures', 'pictures', false, array['image/*'], 1000);

create policy "people use their folder" on storage.objects to authenticated
  using (bucket_id in ('private', 'pictures') and (storage.foldername(name))[1] = auth.uid()::text)
  with check (bucket_id in ('private', 'pictures') and (storage.foldername(name))[1] = auth.uid()::text);
create policy "visitors upload" on storage.objects for insert to anon
  with check (bucket_id = 'private' and (storage.foldername(name))[1] = auth.jwt() ->> 'visitor_id');
create policy "visitors read" on storage.objects for select to anon
  using (bucket_id = 'private' and (storage.foldername(name))[1] = auth.jwt() ->> 'visitor_id');
