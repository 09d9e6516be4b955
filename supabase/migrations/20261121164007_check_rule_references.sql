-- security definer: an admin's rule names people and labels; whoever they are must be of this site.
create function app.check_rule_references() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (
    select from jsonb_array_elements_text(
      coalesce(new.actions -> 'label_ids', '[]') || coalesce(new.conditions -> 'label_ids', '[]')
    ) as label
    where not exists (select from public.labels as l where l.organization_id = new.organization_id and l.id::text = label)
  ) or exists (
    select from (
      select jsonb_array_elements_text(coalesce(new.actions -> 'notify_ids', '[]')) union all select new.actions ->> 'assign_id'
    ) as named (person)
    where person is not null and not exists (
      select from public.memberships as m
      where m.organization_id = new.organization_id and m.user_id::text = person and app.works_on_site(m.user_id, new.site_id)
    )
  ) then
    raise exception using errcode = 'foreign_key_violation', constraint = 'auto_reply_rules_references_fkey',
      message = 'a label or person of the rule does not belong to its site';
  end if;
  return null;
end $$;
comment on function app.check_rule_references is 'Labels and people that a rule names must belong to its organisation and work on its site.';

-- After the checks of the row itself, which say that these are lists of texts.
create trigger check_rule_references after insert or update of conditions, actions on public.auto_reply_rules
for each row execute function app.check_rule_references();
