create function app.require_webhook(webhook_id uuid) returns public.webhooks
language plpgsql stable security invoker set search_path = ''
as $$
declare
  webhook public.webhooks;
begin
  select * into webhook from public.webhooks as w
  where w.id = require_webhook.webhook_id and w.organization_id = any (array(select app.my_organization_ids('admin')));
  if webhook.id is null then
    perform app.refuse(404, 'webhook_not_found');
  end if;
  return webhook;
end $$;
comment on function app.require_webhook is 'The webhook, when the caller is an admin of its organisation.';

create function app.webhook_secret(secrets private.webhook_secrets) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'secret', secrets.secret, 'version', secrets.version,
    'previous_valid_until', case when secrets.previous_valid_until > now() then secrets.previous_valid_until end
  )
$$;
comment on function app.webhook_secret is 'RotatedSecret of packages/contracts.';

-- security definer: secrets are private; the check of the admin is here.
create function public.read_webhook_secret(webhook_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  webhook public.webhooks := app.require_webhook(read_webhook_secret.webhook_id);
begin
  perform app.audit(webhook.organization_id, webhook.site_id, 'read', 'webhook_secret', webhook.id::text, null, null);
  return (select app.webhook_secret(s) from private.webhook_secrets as s where s.webhook_id = webhook.id);
end $$;
comment on function public.read_webhook_secret is 'RotatedSecret with which deliveries are signed, for admins.';

-- security definer: for the same reason.
create function public.rotate_webhook_secret(webhook_id uuid, version integer, overlap_hours integer default 24)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  webhook public.webhooks := app.require_webhook(rotate_webhook_secret.webhook_id);
begin
  if rotate_webhook_secret.overlap_hours is null or rotate_webhook_secret.overlap_hours not between 0 and 2160 then
    perform app.refuse(422, 'invalid_input', '{"argument": "overlap_hours"}');
  end if;
  -- A repeat after a lost answer names the version before: nothing more happens.
  update private.webhook_secrets as s set
    previous_secret = s.secret,
    previous_valid_until = now() + make_interval(hours => rotate_webhook_secret.overlap_hours),
    secret = app.new_webhook_secret(),
    version = s.version + 1
  where s.webhook_id = webhook.id and s.version = rotate_webhook_secret.version;
  if found then
    perform app.audit(webhook.organization_id, webhook.site_id, 'update', 'webhook_secret', webhook.id::text, null, null);
  end if;
  return (select app.webhook_secret(s) from private.webhook_secrets as s where s.webhook_id = webhook.id);
end $$;
comment on function public.rotate_webhook_secret is
  'A new secret in place of this version; both sign for overlap_hours more. A repeat with the old version changes nothing.';

-- security definer: deliveries are written by the dispatcher; an admin may ask for another round.
create function public.replay_webhook_delivery(delivery_id uuid) returns public.webhook_deliveries
language plpgsql volatile security definer set search_path = ''
as $$
declare
  delivery public.webhook_deliveries;
begin
  update public.webhook_deliveries as d set status = 'pending', attempts = 0, next_attempt_at = now(), delivered_at = null
  where d.id = replay_webhook_delivery.delivery_id
    and d.organization_id = any (array(select app.my_organization_ids('admin'))) and d.status <> 'pending';
  select * into delivery from public.webhook_deliveries as d
  where d.id = replay_webhook_delivery.delivery_id
    and d.organization_id = any (array(select app.my_organization_ids('admin')));
  if delivery.id is null then
    perform app.refuse(404, 'delivery_not_found');
  end if;
  return delivery;
end $$;
comment on function public.replay_webhook_delivery is 'Sends an event again under the same event_id; one that waits already goes on waiting.';

grant execute on function
  public.read_webhook_secret, public.rotate_webhook_secret, public.replay_webhook_delivery
to authenticated;
