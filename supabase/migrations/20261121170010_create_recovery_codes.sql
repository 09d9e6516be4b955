create table private.recovery_codes (
  user_id uuid not null references public.profiles (id) on delete cascade,
  code_hash bytea not null,
  used_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (user_id, code_hash)
);
comment on table private.recovery_codes is
  'Hashes of the codes that take the place of a lost second factor, each once.';
alter table private.recovery_codes enable row level security;

-- 60 bits; letters and digits that cannot be mistaken for each other on paper.
create function app.new_recovery_code() returns text
language sql volatile security invoker set search_path = ''
as $$
  select string_agg(
    case when i in (4, 8) then '-' else '' end
      || substr('23456789ABCDEFGHJKLMNPQRSTUVWXYZ', 1 + get_byte(random.bytes, i) % 32, 1),
    '' order by i
  )
  from (select extensions.gen_random_bytes(12) as bytes) as random, generate_series(0, 11) as i
$$;
comment on function app.new_recovery_code is 'Like 7KQ2-M9XH-4TRB.';

-- security definer: the codes are private.
create function public.create_recovery_codes() returns text[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := app.my_user_id();
  codes text[];
begin
  -- Whoever has only the password must not make keys for the lock behind it.
  if me is null or auth.jwt() ->> 'aal' is distinct from 'aal2' then
    perform app.refuse(403, 'second_factor_required');
  end if;
  perform app.take_token('recovery_codes:' || me, 10, 2);
  select array_agg(app.new_recovery_code()) into codes from generate_series(1, 10);
  delete from private.recovery_codes as c where c.user_id = me;
  insert into private.recovery_codes (user_id, code_hash)
  select me, app.hash_secret(replace(code, '-', '')) from unnest(codes) as code;
  return codes;
end $$;
comment on function public.create_recovery_codes is
  'Ten new codes, shown this once; those before stop working. Only in a session that has shown the second factor.';

-- security definer: for the same reason.
create function public.count_recovery_codes() returns integer
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select count(*) from private.recovery_codes as c where c.user_id = app.my_user_id() and c.used_at is null
  );
end $$;
comment on function public.count_recovery_codes is 'How many codes of the caller are unused.';

-- security definer: for the same reason, and factors are Auth's.
create function public.use_recovery_code(code text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := (select auth.uid());
  typed constant text := upper(regexp_replace(coalesce(use_recovery_code.code, ''), '[^0-9A-Za-z]', '', 'g'));
begin
  if me is null then
    return false;
  end if;
  perform app.take_token('recovery_code:' || me, 10, 1);
  -- A wrong code is an answer, not an exception: the taken token must stay taken.
  update private.recovery_codes as c set used_at = now()
  where c.user_id = me and c.code_hash = app.hash_secret(typed) and c.used_at is null;
  if not found then
    return false;
  end if;
  delete from auth.mfa_factors as factor where factor.user_id = me;
  return true;
end $$;
comment on function public.use_recovery_code is
  'Spends a code of the caller: takes the lost second factor away, so that a new one can be set up. False for a code that is unknown or spent.';

grant execute on function
  public.create_recovery_codes, public.count_recovery_codes, public.use_recovery_code
to authenticated;
