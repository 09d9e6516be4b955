-- The counts of labels were counted from all that is open, however much that is. Now a label knows whether its conversation
-- is open, and nothing is counted further than it is shown.
alter table public.conversation_labels add column open boolean not null default true;
comment on column public.conversation_labels.open is
  'Whether the conversation is open, for the counts; a trigger on conversations keeps it.';
update public.conversation_labels as l set open = false
from public.conversations as c where c.id = l.conversation_id and c.status <> 'open';
create index conversation_labels_open on public.conversation_labels (site_id, label_id) where open;

-- security definer, both: nobody but functions writes these tables.
create function app.note_open_label() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- The lock keeps a change of the status out until the row stands.
  select c.status = 'open' into new.open from public.conversations as c where c.id = new.conversation_id for share;
  new.open := coalesce(new.open, true);
  return new;
end $$;
comment on function app.note_open_label is 'A label is open as its conversation is.';
create trigger note_open_label before insert on public.conversation_labels
for each row execute function app.note_open_label();

create function app.keep_open_labels() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversation_labels as l set open = new.status = 'open' where l.conversation_id = new.id;
  return null;
end $$;
comment on function app.keep_open_labels is 'Labels follow their conversation when it opens, closes or is put away.';
create trigger keep_open_labels after update of status on public.conversations
for each row when ((old.status = 'open') <> (new.status = 'open'))
execute function app.keep_open_labels();

create or replace function public.count_lists(organization_id uuid default null) returns jsonb
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_generic_plan
as $$
declare
  -- As count_inbox.
  most constant integer := 100;
  mine constant uuid[] := array(select app.my_sites_in(count_lists.organization_id));
begin
  if cardinality(mine) = 0 then
    return null;
  end if;
  return jsonb_build_object(
    'sites', (
      select coalesce(jsonb_object_agg(my_site.id, least(most, own.many + received.many)), '{}')
      from unnest(mine) as my_site (id)
      cross join lateral (
        select count(*) as many from (
          select from public.conversations as c
          where c.site_id = my_site.id and c.status = 'open' and c.team_site_id is null limit most
        ) as capped
      ) as own
      cross join lateral (
        select count(*) as many from (
          select from public.conversations as c
          where c.team_site_id = my_site.id and c.status = 'open' and c.site_id = any (mine) limit most
        ) as capped
      ) as received
    ),
    'labels', (
      select coalesce(jsonb_object_agg(counted.label_id, least(most, counted.many)), '{}')
      from (
        select l.id as label_id, sum(capped.many) as many
        from public.labels as l
        cross join unnest(mine) as my_site (id)
        -- Of each label on each site so many rows of one index, and no more.
        cross join lateral (
          select count(*) as many from (
            select from public.conversation_labels as carried
            where carried.site_id = my_site.id and carried.label_id = l.id and carried.open limit most
          ) as first_ones
        ) as capped
        where l.organization_id in (select s.organization_id from public.sites as s where s.id = any (mine))
        group by l.id
        having sum(capped.many) > 0
      ) as counted
    )
  );
end $$;
