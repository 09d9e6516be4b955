-- Statistics by page need the page on which a conversation began; the visitor's row only knows the newest one.
alter table public.conversations add column start_page text check (char_length(start_page) <= 300);
comment on column public.conversations.start_page is
  'Host and path of the page on which the visitor began, without query and fragment; null when it is not known.';

create function app.page_address(url text) returns text
language sql immutable security invoker set search_path = ''
as $$
  select nullif(left(regexp_replace(regexp_replace(page_address.url, '^[a-z]+://|[?#].*$', '', 'gi'), '/+$', ''), 300), '')
$$;
comment on function app.page_address is 'Host and path of an address: what statistics count by.';

-- security definer: whoever starts a conversation may not read visitors.
create function app.note_start_page() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if new.start_page is null then
    select app.page_address(v.page_url) into new.start_page from public.visitors as v where v.id = new.visitor_id;
  end if;
  return new;
end $$;
comment on function app.note_start_page is 'The page of a new conversation is the one its visitor is on.';

create trigger note_start_page before insert on public.conversations
for each row execute function app.note_start_page();
