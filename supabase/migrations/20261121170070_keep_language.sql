-- security definer: runs in the sign-up of Supabase Auth, whose role may not write public tables.
create or replace function app.create_profile() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.profiles (id, display_name, language)
  values (
    new.id,
    left(
      coalesce(
        nullif(btrim(new.raw_user_meta_data ->> 'name'), ''),
        nullif(split_part(new.email, '@', 1), ''),
        'Operator'
      ),
      80
    ),
    -- As the page spoke on which they signed up.
    case when new.raw_user_meta_data ->> 'language' in ('en', 'uk') then new.raw_user_meta_data ->> 'language' end
  );
  return new;
end $$;
