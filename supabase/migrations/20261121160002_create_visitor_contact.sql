-- What the team sees of a visitor changed while its conversation stands open: the list and the open card hear of it.
-- security definer: nobody but triggers writes conversations and events.
create function app.announce_visitor() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation_id uuid;
begin
  for conversation_id in
    update public.conversations as c set changed_xid = pg_current_xact_id()
    where c.visitor_id = new.id and c.site_id = new.site_id
    returning c.id
  loop
    perform realtime.send(
      jsonb_build_object('visitor_id', new.id), 'visitor_changed', 'conversation:' || conversation_id || ':team', true
    );
  end loop;
  return null;
end $$;
comment on function app.announce_visitor is 'Tells the operators that name, address or answers of a visitor changed.';

create trigger announce_visitor after update of name, email, phone, answers on public.visitors
for each row when (
  (old.name, old.email, old.phone, old.answers) is distinct from (new.name, new.email, new.phone, new.answers)
)
execute function app.announce_visitor();

create function app.contact_json(visitor public.visitors) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'visitor_id', visitor.id, 'name', visitor.name, 'email', visitor.email, 'verified', visitor.verified
  );
end $$;
comment on function app.contact_json is 'VisitorContact of packages/contracts.';

-- security definer, both: visitors may not read or write the table, and this is their own row.
create function public.get_contact() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  visitor public.visitors;
begin
  select * into visitor from public.visitors as v
  where v.id = app.visitor_claim('visitor_id') and v.site_id = app.visitor_claim('site_id');
  if visitor.id is null or app.visitor_blocked(visitor.id, visitor.site_id) then
    return null;
  end if;
  return app.contact_json(visitor);
end $$;
comment on function public.get_contact is
  'VisitorContact of the calling visitor: how the team can reach it; null before its first message.';

create function public.leave_email(email text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor public.visitors;
  typed constant text := btrim(leave_email.email);
begin
  if not app.valid_email(typed) then
    perform app.refuse(422, 'invalid_input', '{"argument": "email"}');
  end if;
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  perform app.refuse_blocked();
  perform app.take_token('contact:' || app.visitor_claim('visitor_id'), 10, 5);
  update public.visitors as v set
    -- A verified visitor's address is what the customer's server said.
    email = case when v.verified then coalesce(v.email, typed) else typed end
  where v.id = app.visitor_claim('visitor_id') and v.site_id = app.visitor_claim('site_id')
  returning v.* into visitor;
  if visitor.id is null then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  return app.contact_json(visitor);
end $$;
comment on function public.leave_email is
  'Where the team may answer the calling visitor while nobody is there: VisitorContact. It only names an address: no history is ever found by it.';
grant execute on function public.get_contact, public.leave_email to anon;
