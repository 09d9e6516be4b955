alter table public.visitors add column note text check (char_length(note) between 1 and 2000);
comment on column public.visitors.note is 'What the team wants to remember of the visitor, who never sees it; exported and erased with the row.';

create function app.signed_fields(visitor public.visitors) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not visitor.verified then
    return '{}';
  end if;
  return array(
    select field.name
    from (values ('name', visitor.name), ('email', visitor.email)) as field (name, value)
    where field.value is not null and (
      -- Sessions end after a while; what an ended one has signed cannot be told from what was typed.
      not exists (select from private.visitor_sessions as s where s.visitor_id = visitor.id and s.identity is not null)
      or exists (select from private.visitor_sessions as s where s.visitor_id = visitor.id and s.identity ->> field.name = field.value)
    )
  );
end $$;
comment on function app.signed_fields is
  'Which of name and email the customer''s server has said of a verified visitor. security definer: sessions are private.';

create function app.changed_text(changes jsonb, field text, most integer, fewest integer default 1) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  value constant text := nullif(btrim(changes ->> field, E' \t\r\n'), '');
begin
  if jsonb_typeof(changes -> field) not in ('string', 'null') or char_length(value) not between changed_text.fewest and changed_text.most then
    perform app.refuse(422, 'invalid_input', jsonb_build_object('argument', field));
  end if;
  return value;
end $$;
comment on function app.changed_text is 'A field of a change, without white space around it; null for an empty one. Refuses what is no text of that length.';

-- security definer: operators have no right to write visitors; the rules of the change are here.
create function public.change_visitor(visitor_id uuid, changes jsonb, over_signed boolean default false) returns public.visitors
language plpgsql volatile security definer set search_path = ''
as $$
declare
  before public.visitors;
  visitor public.visitors;
  signed text[];
begin
  if jsonb_typeof(changes) is distinct from 'object' or changes - array['name', 'email', 'phone', 'note'] <> '{}' then
    perform app.refuse(422, 'invalid_input', '{"argument": "changes"}');
  end if;
  select * into before from public.visitors as v
  where v.id = change_visitor.visitor_id and v.site_id = any (array(select app.my_site_ids())) for no key update;
  if not found then
    perform app.refuse(404, 'visitor_not_found');
  end if;
  visitor := before;
  if changes ? 'name' then visitor.name := app.changed_text(changes, 'name', 120); end if;
  if changes ? 'email' then visitor.email := app.changed_text(changes, 'email', 254, 3); end if;
  if changes ? 'phone' then visitor.phone := app.changed_text(changes, 'phone', 40, 3); end if;
  if changes ? 'note' then visitor.note := app.changed_text(changes, 'note', 2000); end if;
  if visitor.email is distinct from before.email and not app.valid_email(coalesce(visitor.email, 'none@example.com')) then
    perform app.refuse(422, 'invalid_input', '{"argument": "email"}');
  end if;
  if visitor.phone is distinct from before.phone
    and not (visitor.phone ~ '^\+?[-0-9 ()./]{3,39}$' and char_length(regexp_replace(visitor.phone, '\D', '', 'g')) >= 5)
  then
    perform app.refuse(422, 'invalid_input', '{"argument": "phone"}');
  end if;
  signed := array(
    select field from unnest(app.signed_fields(before)) as field
    where to_jsonb(visitor) ->> field is distinct from to_jsonb(before) ->> field
  );
  if cardinality(signed) > 0 and not coalesce(over_signed, false) then
    perform app.refuse(409, 'signed_value', jsonb_build_object('fields', to_jsonb(signed)));
  end if;
  update public.visitors as v set name = visitor.name, email = visitor.email, phone = visitor.phone, note = visitor.note
  where v.id = before.id and (v.name, v.email, v.phone, v.note) is distinct from (visitor.name, visitor.email, visitor.phone, visitor.note);
  if found then
    perform app.audit(
      before.organization_id, before.site_id, 'update', 'visitors', before.id::text,
      app.only_changed(to_jsonb(before), to_jsonb(visitor)), app.only_changed(to_jsonb(visitor), to_jsonb(before))
    );
  end if;
  return visitor;
end $$;
comment on function public.change_visitor is
  'Sets name, email, phone and note of a visitor, those that are named (null or empty takes them away); returns the row. What the customer''s server has signed is replaced with `over_signed` alone, until the visitor signs in again.';
grant execute on function public.change_visitor to authenticated;

-- A name that was replaced leaves no word behind, also not when the visitor is erased later.
-- security definer: the index is private.
create function app.forget_old_visitor_words() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.forget_words(new.site_id, app.search_words(concat_ws(' ', old.name, old.email, old.external_id)));
  return null;
end $$;
comment on function app.forget_old_visitor_words is 'What a visitor is not called any more is not a word of the search any more.';
-- Named to run after index_renamed_visitor.
create trigger index_renamed_visitor_forget after update of name, email, external_id on public.visitors
for each row when ((old.name, old.email, old.external_id) is distinct from (new.name, new.email, new.external_id))
execute function app.forget_old_visitor_words();
