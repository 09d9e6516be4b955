create function app.lock_merging(visitor_id uuid) returns public.visitors
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor public.visitors;
begin
  select * into visitor from public.visitors as v
  where v.id = lock_merging.visitor_id and v.site_id = any (array(select app.my_site_ids()));
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  -- One after the other on each site: two merges at once could make a circle.
  perform pg_advisory_xact_lock(hashtextextended('merge:' || visitor.site_id, 0));
  return visitor;
end $$;
comment on function app.lock_merging is 'A visitor of the calling operator, when nobody else is merging on its site; refuses an unknown one.';

create function app.regroup_visitor(visitor_id uuid, person_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  with recursive below (id) as (
    select regroup_visitor.visitor_id
    union
    select v.id from below join public.visitors as v on v.merged_into = below.id
  )
  update public.visitors as v set person_id = nullif(regroup_visitor.person_id, v.id)
  from below where v.id = below.id;
end $$;
comment on function app.regroup_visitor is 'A visitor and all that were merged into it belong to this person now.';

-- security definer: operators have no right to write visitors; the rules are here.
create function public.merge_visitors(visitor_id uuid, other_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  kept public.visitors := app.lock_merging(merge_visitors.visitor_id);
  other public.visitors;
begin
  select * into other from public.visitors as v
  where v.id = app.person_of(merge_visitors.other_id) and v.site_id = any (array(select app.my_site_ids()));
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  if other.site_id <> kept.site_id then
    perform app.refuse(422, 'other_site');
  end if;
  kept.id := app.person_of(kept.id);
  if other.id <> kept.id then
    update public.visitors as v set merged_into = kept.id, person_id = kept.id where v.id = other.id;
    perform app.regroup_visitor(other.id, kept.id);
    perform app.audit(
      kept.organization_id, kept.site_id, 'update', 'visitors', other.id::text,
      '{"merged_into": null}', jsonb_build_object('merged_into', kept.id)
    );
    perform app.announce_person(kept.id);
  end if;
  return jsonb_build_object('person_id', kept.id, 'merged_id', other.id);
end $$;
comment on function public.merge_visitors is
  'The team sees the second visitor, with all that was merged into it, as the first one from now on: MergedVisitors. Both are of one site. What their widgets show stays as it is; separate_visitor takes them apart. A repeat changes nothing.';

create function public.separate_visitor(visitor_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor public.visitors := app.lock_merging(separate_visitor.visitor_id);
  person uuid;
begin
  select * into visitor from public.visitors as v where v.id = visitor.id;
  if visitor.merged_into is null then
    return false;
  end if;
  person := visitor.person_id;
  update public.visitors as v set merged_into = null, person_id = null where v.id = visitor.id;
  perform app.regroup_visitor(visitor.id, visitor.id);
  perform app.audit(
    visitor.organization_id, visitor.site_id, 'update', 'visitors', visitor.id::text,
    jsonb_build_object('merged_into', visitor.merged_into), '{"merged_into": null}'
  );
  perform app.announce_person(visitor.id);
  perform app.announce_person(person);
  return true;
end $$;
comment on function public.separate_visitor is
  'Takes a merged visitor, with all that were merged into it before, out of the person again. False when it was merged with nobody: a repeat is harmless.';

create function public.find_same_visitors(visitor_id uuid, contact text default null) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  site uuid;
  own uuid[];
  emails text[];
  phones text[];
  wanted constant text := nullif(btrim(contact), '');
begin
  select v.site_id into site from public.visitors as v
  where v.id = find_same_visitors.visitor_id and v.site_id = any (array(select app.my_site_ids()));
  if site is null then
    return '[]';
  end if;
  if char_length(wanted) > 254 then
    perform app.refuse(422, 'invalid_input', '{"argument": "contact"}');
  end if;
  own := app.person_visitor_ids(find_same_visitors.visitor_id);
  if wanted is null then
    emails := array(select lower(v.email) from public.visitors as v where v.id = any (own) and v.email is not null);
    phones := array(select app.phone_key(v.phone) from public.visitors as v where v.id = any (own) and app.phone_key(v.phone) is not null);
  else
    emails := array[lower(wanted)];
    phones := array_remove(array[app.phone_key(wanted)], null);
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', p.id, 'name', p.name, 'email', p.email, 'phone', p.phone, 'verified', p.verified, 'external_id', p.external_id,
      'created_at', p.created_at, 'last_seen_at', p.last_seen_at, 'by', alike.by,
      'conversation_count', (
        select count(*) from public.conversations as c where c.visitor_id = any (app.person_visitor_ids(p.id))
      )
    ) order by p.last_seen_at desc, p.id), '[]')
    from (
      select coalesce(v.person_id, v.id) as person_id, array_agg(distinct v.same order by v.same) as by
      from (
        select e.id, e.person_id, 'email' as same from public.visitors as e
        where e.site_id = site and lower(e.email) = any (emails) and e.email is not null
        union all
        select f.id, f.person_id, 'phone' from public.visitors as f
        where f.site_id = site and app.phone_key(f.phone) = any (phones) and f.phone is not null
      ) as v
      where v.id <> all (own)
      group by 1
      order by max(v.id::text) desc
      limit 10
    ) as alike
    join public.visitors as p on p.id = alike.person_id
  );
end $$;
comment on function public.find_same_visitors is
  'SameVisitor[]: others of the site with an e-mail address or a phone number of this person, or with the one that is asked for; ten at most. security definer: under row-level security the indexes could not be used.';
grant execute on function public.merge_visitors, public.separate_visitor, public.find_same_visitors to authenticated;
