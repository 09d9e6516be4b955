-- security definer: queues are private; only admins of the organisation are told, and only of their own.
create function public.read_organization_health(organization_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  asked constant uuid := read_organization_health.organization_id;
begin
  perform app.require_role(asked, 'admin');
  return jsonb_build_object(
    'jobs', (
      select jsonb_build_object(
        'waiting', count(*) filter (where j.dead_at is null and j.leased_until is null and j.attempts = 0),
        'running', count(*) filter (where j.dead_at is null and j.leased_until > now()),
        'failed', count(*) filter (where j.dead_at is null and j.leased_until is null and j.attempts > 0),
        'dead', count(*) filter (where j.dead_at is not null and j.discarded_at is null),
        'lag_seconds', coalesce(round(extract(epoch from max(now() - j.run_at) filter (
          where j.dead_at is null and j.run_at <= now()
        )))::integer, 0)
      )
      from private.jobs as j where j.organization_id = asked and j.finished_at is null
    ),
    'webhooks', (
      select jsonb_build_object(
        'pending', count(*) filter (where d.status = 'pending'), 'dead', count(*) filter (where d.status = 'dead'),
        'failing', (
          select count(*) from public.webhooks as w
          where w.organization_id = asked and w.active and w.failing_since is not null
        )
      )
      from public.webhook_deliveries as d where d.organization_id = asked and d.status in ('pending', 'dead')
    ),
    'storage', public.get_storage_usage(asked)
  );
end $$;
comment on function public.read_organization_health is
  'For admins: OrganizationFacts, how much work of the organisation waits or was given up. The function health adds whether the parts of the project answer.';
grant execute on function public.read_organization_health to authenticated;
