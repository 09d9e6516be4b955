-- Half of what the tokens of a message cost was looking up how many there are, for three buckets that knew it already. Now
-- a bucket's own limits hold until anybody changes one, which begins a new edition of them.
create table private.limits_edition (
  only_row boolean primary key default true check (only_row),
  edition bigint not null
);
comment on table private.limits_edition is
  'How often rate_limits and default_limits were changed: what a bucket remembers of an earlier edition is looked up again.';
alter table private.limits_edition enable row level security;
insert into private.limits_edition (edition) values (1);

alter table private.rate_buckets add column edition bigint;
comment on column private.rate_buckets.edition is
  'The edition that burst and per_second are from; null where they are not those of a site.';

-- security definer: the edition is private.
create function app.begin_limits_edition() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.limits_edition set edition = edition + 1;
  return null;
end $$;
comment on function app.begin_limits_edition is 'Limits that were changed hold from the commit on.';

-- Deferred: the one row is locked when nothing else is waited for any more.
create constraint trigger begin_limits_edition after insert or update or delete on public.rate_limits
deferrable initially deferred for each row execute function app.begin_limits_edition();
create constraint trigger begin_limits_edition after insert or update or delete on private.default_limits
deferrable initially deferred for each row execute function app.begin_limits_edition();

create function app.open_bucket(
  key text, kind public.limit_kind, site_id uuid, shards integer,
  out tokens double precision, out per_second double precision
) returns record
language plpgsql volatile security invoker set search_path = ''
as $$
#variable_conflict use_column
declare
  of_scope constant public.limit_scope := split_part(open_bucket.key, ':', 2);
  parts constant integer := case of_scope when 'organization' then open_bucket.shards else 1 end;
begin
  insert into private.rate_buckets as bucket (key, tokens, updated_at, burst, per_second, edition)
  select open_bucket.key, asked.burst - 1, clock_timestamp(), asked.burst, asked.per_second, asked.edition
  from (
    select coalesce(own.burst, usual.burst)::double precision / parts as burst,
      coalesce(own.per_minute, usual.per_minute) / 60.0::double precision / parts as per_second, now.edition
    from private.limits_edition as now
    join private.default_limits as usual on usual.kind = open_bucket.kind and usual.scope = of_scope
    left join public.rate_limits as own
      on own.site_id = open_bucket.site_id and own.kind = usual.kind and own.scope = usual.scope
  ) as asked
  on conflict on constraint rate_buckets_pkey do update set
    tokens = least(
      excluded.burst,
      bucket.tokens + date_part('epoch', clock_timestamp() - bucket.updated_at) * excluded.per_second
    ) - 1,
    updated_at = clock_timestamp(), burst = excluded.burst, per_second = excluded.per_second, edition = excluded.edition
  returning bucket.tokens, bucket.per_second into open_bucket.tokens, open_bucket.per_second;
end $$;
comment on function app.open_bucket is
  'Takes a token of a bucket that is new or does not know the limits of today; an organisation''s are cut into shards.';

create or replace function app.take_tokens(
  kind public.limit_kind, site_id uuid, organization_id uuid, visitor_id uuid, address inet
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- One row per organisation would make all its sends wait for each other: it is cut into shards.
  shards constant integer := 8;
  -- Taken in this order everywhere, so that no two calls wait for each other in a circle.
  keys constant text[] := array[
    take_tokens.kind || ':visitor:' || visitor_id,
    take_tokens.kind || ':address:' || site_id || ':' || coalesce(app.address_name(address), 'unknown'),
    take_tokens.kind || ':organization:' || organization_id || ':' || floor(random() * shards)::text
  ];
  newest_edition bigint;
  bucket_key text;
  left_over double precision;
  growth double precision;
  wait double precision;
begin
  select now.edition into newest_edition from private.limits_edition as now;
  foreach bucket_key in array keys loop
    continue when bucket_key is null;
    update private.rate_buckets as b set
      tokens = least(b.burst, b.tokens + date_part('epoch', clock_timestamp() - b.updated_at) * b.per_second) - 1,
      updated_at = clock_timestamp()
    where b.key = bucket_key and b.edition = newest_edition
    returning b.tokens, b.per_second into left_over, growth;
    if not found then
      select opened.tokens, opened.per_second into left_over, growth
      from app.open_bucket(bucket_key, take_tokens.kind, site_id, shards) as opened;
    end if;
    if left_over < 0 then
      wait := greatest(wait, -left_over / growth);
    end if;
  end loop;
  if wait is not null then
    -- The refusal rolls the taken tokens back: hammering does not prolong the wait.
    perform app.refuse(429, 'rate_limited', jsonb_build_object('retry_after', ceil(wait)));
  end if;
end $$;
