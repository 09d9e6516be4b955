-- As before, but a retired key finds its site too.
create or replace function public.boot_visitor(
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
    site_id := app.site_id_of_key(boot_visitor.site_key);
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
