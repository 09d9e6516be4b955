create function public.health_facts() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'jobs', (
      select jsonb_build_object(
        'waiting', count(*) filter (where j.leased_until is null and j.attempts = 0),
        'running', count(*) filter (where j.leased_until > now()),
        'failed', count(*) filter (where j.leased_until is null and j.attempts > 0),
        'lag_seconds', coalesce(round(extract(epoch from max(now() - j.run_at) filter (where j.run_at <= now())))::integer, 0)
      )
      from private.jobs as j where j.finished_at is null and j.dead_at is null
    ) || jsonb_build_object('dead', (select count(*) from private.jobs as j where j.dead_at is not null)),
    'webhooks', jsonb_build_object(
      'pending', (select count(*) from public.webhook_deliveries as d where d.status = 'pending'),
      'dead', (select count(*) from public.webhook_deliveries as d where d.status = 'dead'),
      'failing', (select count(*) from public.webhooks as w where w.active and w.failing_since is not null)
    ),
    'database', jsonb_build_object(
      'connections', (select count(*) from pg_stat_activity where datname = current_database()),
      'size_bytes', pg_database_size(current_database())
    )
  );
end $$;
comment on function public.health_facts is
  'HealthFacts for the function health: numbers of the whole project, nobody''s data. security definer: queues are private.';
revoke execute on function public.health_facts from public, anon, authenticated;
grant execute on function public.health_facts to service_role;
