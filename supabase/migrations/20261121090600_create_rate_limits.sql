create unlogged table private.rate_buckets (
  key text primary key,
  tokens double precision not null,
  updated_at timestamptz not null
);
comment on table private.rate_buckets is 'Token buckets; unlogged because losing them after a crash costs nothing.';
create index on private.rate_buckets (updated_at);
alter table private.rate_buckets enable row level security;

-- security definer: called by functions of every role, the table is private.
create function app.take_token(key text, capacity integer, per_minute integer) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  left_over double precision;
begin
  insert into private.rate_buckets as bucket (key, tokens, updated_at)
  values (take_token.key, capacity - 1, clock_timestamp())
  on conflict on constraint rate_buckets_pkey do update set
    tokens = least(
      capacity,
      bucket.tokens + extract(epoch from clock_timestamp() - bucket.updated_at) * per_minute / 60.0
    ) - 1,
    updated_at = clock_timestamp()
  returning tokens into left_over;
  if left_over < 0 then
    -- The refusal rolls the taken token back: hammering does not prolong the wait.
    perform app.refuse(429, 'rate_limited', jsonb_build_object('retry_after', ceil(-left_over * 60.0 / per_minute)));
  end if;
end $$;
comment on function app.take_token is
  'Takes one of `capacity` tokens that grow back at `per_minute`; refuses with the seconds to wait when none is left.';
