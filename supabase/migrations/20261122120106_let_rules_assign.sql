-- security definer: as before, nobody but the product writes what rules do.
create or replace function app.apply_rule_actions(rule public.auto_reply_rules, conversation public.conversations) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.conversation_labels (conversation_id, label_id, organization_id, site_id)
  select conversation.id, l.id, conversation.organization_id, conversation.site_id
  from public.labels as l
  where l.organization_id = conversation.organization_id and rule.actions -> 'label_ids' ? l.id::text
  on conflict on constraint conversation_labels_pkey do nothing;
  -- Never away from somebody who has it; but a rule that names somebody goes before whose turn it was.
  update public.conversations as c set assignee_id = (rule.actions ->> 'assign_id')::uuid
  where c.id = conversation.id and rule.actions ? 'assign_id'
    and (c.assignee_id is null or c.id::text = current_setting('app.routed', true))
    and app.works_on_site((rule.actions ->> 'assign_id')::uuid, c.site_id);
  insert into public.notifications (organization_id, user_id, kind, site_id, conversation_id, payload, dedupe_key)
  select conversation.organization_id, m.user_id, 'rule', conversation.site_id, conversation.id,
    jsonb_build_object('rule', rule.name), 'rule:' || rule.id || ':' || conversation.id
  from public.memberships as m
  where m.organization_id = conversation.organization_id and rule.actions -> 'notify_ids' ? m.user_id::text
    and app.works_on_site(m.user_id, conversation.site_id)
  on conflict (user_id, dedupe_key) do nothing;
  if rule.actions -> 'close' = 'true' then
    update public.conversations as c set
      status = 'closed', snoozed_until = null, closed_at = coalesce(c.closed_at, now()), waiting_since = null
    where c.id = conversation.id and c.status <> 'closed';
  end if;
end $$;
