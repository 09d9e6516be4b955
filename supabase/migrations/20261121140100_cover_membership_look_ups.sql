-- Every query of an operator begins with these two look-ups; with all they need in the index they read no row.
create index memberships_of_user on public.memberships (user_id) include (organization_id, role, deactivated_at);
drop index public.memberships_user_id_idx;
create index sites_of_organization on public.sites (organization_id) include (id);
drop index public.sites_organization_id_idx;
