-- Where somebody works is looked up in one place.
drop function app.my_sites_in;

-- security definer: the answer is private.
create function app.my_sites_in(organization_id uuid default null, min_role public.member_role default 'operator')
returns setof uuid
language plpgsql stable security definer rows 5 set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
begin
  return query
    select mine.site_id from private.site_access as mine
    where mine.user_id = me and mine.role <= my_sites_in.min_role
      and (my_sites_in.organization_id is null or mine.organization_id = my_sites_in.organization_id);
end $$;
comment on function app.my_sites_in is
  'Sites on which the caller works in this role or a stronger one, of one organisation when one is named.';

create or replace function app.my_site_ids(min_role public.member_role default 'operator') returns setof uuid
language plpgsql stable security definer rows 5 set search_path = ''
as $$
begin
  return query select app.my_sites_in(min_role => my_site_ids.min_role);
end $$;

drop function public.search_inbox;

-- security definer: under row-level security the index could not be used.
create function public.search_inbox(
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
        'visitor_name', coalesce(person.name, of_message.name), 'happened_at', page.happened_at,
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
comment on function public.search_inbox is
  'SearchPage: messages and visitors of the caller''s sites, or of those in one organisation, that hold all words of the question (beginnings, other endings, small typos), newest first. The next page begins behind `before` and `before_id`.';
grant execute on function public.search_inbox to authenticated;
