create table public.saved_view_orders (
  organization_id uuid not null,
  user_id uuid not null default auth.uid(),
  view_ids uuid[] not null check (cardinality(view_ids) <= 500),
  updated_at timestamptz not null default now(),
  primary key (organization_id, user_id),
  foreign key (organization_id, user_id) references public.memberships (organization_id, user_id) on delete cascade
);
comment on table public.saved_view_orders is
  'How a person has put the saved views in order, shared ones too; nobody else sees it, and nobody else''s list is moved by it.';
comment on column public.saved_view_orders.view_ids is
  'From the top. Views that are not named stand below, by name; ids of views that are gone mean nothing.';
create index on public.saved_view_orders (user_id);

alter table public.saved_view_orders enable row level security;
grant select on public.saved_view_orders to authenticated;
create policy "members read their own order of views" on public.saved_view_orders
for select to authenticated
using (organization_id = any (array(select app.my_organization_ids())) and user_id = (select auth.uid()));

-- security definer: the row is the caller's whatever was sent, and a repeat changes nothing.
create function public.order_saved_views(organization_id uuid, view_ids uuid[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.require_role(order_saved_views.organization_id, 'operator');
  if view_ids is null or cardinality(view_ids) > 500 or array_position(view_ids, null) is not null then
    perform app.refuse(422, 'invalid_input', '{"argument": "view_ids"}');
  end if;
  insert into public.saved_view_orders as o (organization_id, user_id, view_ids)
  values (order_saved_views.organization_id, app.my_user_id(), order_saved_views.view_ids)
  on conflict on constraint saved_view_orders_pkey do update set view_ids = excluded.view_ids, updated_at = now()
  where o.view_ids <> excluded.view_ids;
end $$;
comment on function public.order_saved_views is
  'Keeps in which order the caller has their saved views, from the top. security definer: nobody writes the table but this function.';
revoke execute on function public.order_saved_views from public, anon;
grant execute on function public.order_saved_views to authenticated;
