-- Found words of somebody without a name were all of "Visitor": now results call people as the list does.
-- security definer: under row-level security the index could not be used.
create or replace function public.search_inbox(
  question text, site_id uuid default null, before timestamptz default null, before_id uuid default null,
  max_rows integer default 20, organization_id uuid default null
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  most constant integer := least(greatest(coalesce(max_rows, 20), 1), 50);
  answer jsonb;
begin
  if char_length(coalesce(question, '')) > 200 then
    perform app.refuse(422, 'invalid_input', '{"argument": "question"}');
  end if;
  with found as (
    select entry.*
    from unnest(array(select app.my_sites_in(search_inbox.organization_id))) as my_site (id)
    cross join lateral app.search_site(
      my_site.id, search_inbox.question, search_inbox.before,
      coalesce(search_inbox.before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), most + 1
    ) as entry
    where search_inbox.site_id is null or my_site.id = search_inbox.site_id
    order by entry.happened_at desc, entry.id desc
    limit most + 1
  ), page as (
    select * from found order by happened_at desc, id desc limit most
  )
  select jsonb_build_object(
    'results', coalesce(jsonb_agg(
      case when m.id is not null then jsonb_build_object(
        'kind', 'message', 'id', m.id, 'conversation_id', m.conversation_id, 'site_id', m.site_id, 'seq', m.seq,
        'author_kind', m.author_kind, 'author_name', m.author_name, 'visibility', m.visibility,
        'visitor_name', coalesce(person.name, of_message.name), 'visitor_email', coalesce(person.email, of_message.email),
        'person_id', coalesce(of_message.person_id, of_message.id), 'happened_at', page.happened_at,
        'snippet', app.search_snippet(m.body, search_inbox.question)
      ) else jsonb_build_object(
        'kind', 'visitor', 'id', v.id, 'site_id', v.site_id, 'name', v.name, 'email', v.email,
        'external_id', v.external_id, 'verified', v.verified, 'happened_at', page.happened_at,
        'conversation_id', (
          select c.id from public.conversations as c where c.visitor_id = v.id order by c.created_at desc limit 1
        )
      ) end
      order by page.happened_at desc, page.id desc
    ), '[]'),
    'has_more', (select count(*) > most from found)
  ) into answer
  from page
  left join public.messages as m on m.id = page.id
  left join public.conversations as c on c.id = m.conversation_id
  left join public.visitors as of_message on of_message.id = c.visitor_id
  left join public.visitors as person on person.id = of_message.person_id
  left join public.visitors as v on v.id = page.id;
  return answer;
end $$;
