-- What postgres_changes needs: who has subscribed to what, and who may see which change.
-- Run once, by supabase_admin, after realtime.sql.

create type realtime.action as enum ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERROR');
create type realtime.equality_op as enum (
  'eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'ilike', 'is', 'match', 'imatch', 'isdistinct'
);
create type realtime.user_defined_filter as (
  column_name text,
  op realtime.equality_op,
  value text,
  negate boolean
);
create type realtime.wal_column as (
  name text,
  type_name text,
  type_oid oid,
  value jsonb,
  is_pkey boolean,
  is_selectable boolean
);
create type realtime.wal_rls as (
  wal jsonb,
  is_rls_enabled boolean,
  subscription_ids uuid[],
  errors text[]
);

create function realtime.to_regrole(role_name text) returns regrole
language sql immutable
as $$ select quote_ident(role_name)::regrole $$;

create table realtime.subscription (
  id bigint generated always as identity constraint pk_subscription primary key,
  subscription_id uuid not null,
  entity regclass not null,
  filters realtime.user_defined_filter[] not null default '{}',
  claims jsonb not null,
  claims_role regrole not null generated always as (realtime.to_regrole(claims ->> 'role')) stored,
  created_at timestamp not null default timezone('utc', now()),
  action_filter text default '*' check (action_filter in ('*', 'INSERT', 'UPDATE', 'DELETE')),
  selected_columns text[]
);
comment on table realtime.subscription is
  'Who wants to hear of changes to which table. Kept by the Realtime server, empty when it starts.';
create index ix_realtime_subscription_entity on realtime.subscription (entity);
create unique index subscription_subscription_id_entity_filters_action_filter_selec
  on realtime.subscription (
    subscription_id, entity, filters, action_filter, coalesce(selected_columns, '{}')
  );

create function realtime.cast(val text, type_ regtype) returns jsonb
language plpgsql stable
as $$
declare
  result jsonb;
begin
  -- The common types need no statement of their own. Bytes come without their prefix; as a value
  -- they would get it back.
  case type_
    when 'text'::regtype, 'varchar'::regtype, 'uuid'::regtype, 'bytea'::regtype then
      return to_jsonb(val);
    when 'int2'::regtype, 'int4'::regtype, 'int8'::regtype then return to_jsonb(val::int8);
    when 'bool'::regtype then return to_jsonb(val::boolean);
    when 'jsonb'::regtype then return val::jsonb;
    when 'timestamptz'::regtype then return to_jsonb(val::timestamptz);
    else
      execute format('select to_jsonb(%L::%s)', val, type_) into result;
      return result;
  end case;
end
$$;
comment on function realtime.cast(text, regtype) is 'A printed value as JSON, in the form its type has there.';

create function realtime.check_equality_op(
  op realtime.equality_op,
  type_ regtype,
  val_1 text,
  val_2 text,
  negate boolean
)
returns boolean
language plpgsql stable
as $$
declare
  operator text := case op
    when 'eq' then '='
    when 'neq' then '<>'
    when 'lt' then '<'
    when 'lte' then '<='
    when 'gt' then '>'
    when 'gte' then '>='
    when 'in' then '= any'
    when 'like' then 'like'
    when 'ilike' then 'ilike'
    when 'match' then '~'
    when 'imatch' then '~*'
    when 'is' then 'is'
    when 'isdistinct' then 'is distinct from'
  end;
  operand text := case op
    when 'in' then format('(%L::%s[])', val_2, type_)
    when 'is' then val_2
    else format('(%L::%s)', val_2, type_)
  end;
  result boolean;
begin
  if op = 'is' and val_2 not in ('null', 'true', 'false', 'unknown') then
    raise exception 'invalid value for is filter: must be null, true, false, or unknown';
  end if;
  execute format('select (%L::%s) %s %s', val_1, type_, operator, operand) into result;
  return case when negate then not result else result end;
end
$$;

create function realtime.check_equality_op(
  op realtime.equality_op,
  type_ regtype,
  val_1 text,
  val_2 text
)
returns boolean
language sql stable
as $$ select realtime.check_equality_op(op, type_, val_1, val_2, false) $$;

create function realtime.is_visible_through_filters(
  columns realtime.wal_column[],
  filters realtime.user_defined_filter[]
)
returns boolean
language plpgsql stable
as $$
begin
  return (
    select coalesce(
      bool_and(
        c.name is not null
        and coalesce(
          realtime.check_equality_op(
            f.op,
            coalesce(c.type_oid::regtype, c.type_name::regtype),
            c.value #>> '{}',
            f.value,
            coalesce(f.negate, false)
          ),
          false
        )
      ),
      true
    )
    from unnest(filters) as f
    left join unnest(columns) as c on c.name = f.column_name
  );
end
$$;
comment on function realtime.is_visible_through_filters is
  'Whether a row passes all filters; one on a column that the change does not carry is not passed.';

-- Refuses at the start what would otherwise fail at every change.
create function realtime.check_filter(filter realtime.user_defined_filter, type_ regtype)
returns void
language plpgsql stable
as $$
declare
  operator text := case filter.op
    when 'like' then '~~'
    when 'ilike' then '~~*'
    when 'match' then '~'
    when 'imatch' then '~*'
  end;
begin
  if exists (select from pg_type where oid = type_ and typcategory in ('A', 'C')) then
    raise exception 'filters on columns of type % are not supported', type_;
  end if;
  case
    when filter.op = 'in' then
      if jsonb_array_length(realtime.cast(filter.value, (type_::text || '[]')::regtype)) > 100 then
        raise exception 'too many values for `in` filter. Maximum 100';
      end if;
    when filter.op = 'is' then
      if filter.value not in ('null', 'true', 'false', 'unknown') then
        raise exception 'invalid value for is filter: must be null, true, false, or unknown';
      end if;
      if filter.value <> 'null' and type_ <> 'boolean'::regtype then
        raise exception 'is % filter requires a boolean column, got %', filter.value, type_;
      end if;
    when operator is not null then
      if not exists (
        select from pg_operator
        where oprname = operator and oprleft = type_ and oprresult = 'boolean'::regtype
      ) then
        raise exception 'operator % requires a text-compatible column type, got %', filter.op, type_;
      end if;
      if filter.op in ('match', 'imatch') then
        begin
          perform '' ~ filter.value;
        exception
          when others then
            raise exception 'invalid regular expression for % filter: %', filter.op, sqlerrm;
        end;
      end if;
    else
      execute format('select %L::%s', filter.value, type_);
  end case;
end
$$;

create function realtime.subscription_check_filters() returns trigger
language plpgsql
as $$
declare
  readable text[] := array(
    select attname::text
    from pg_attribute
    where attrelid = new.entity
      and attnum > 0
      and not attisdropped
      and has_column_privilege(new.claims ->> 'role', attrelid, attnum, 'select')
  );
  filter realtime.user_defined_filter;
  selected text;
begin
  foreach filter in array new.filters loop
    if filter.column_name <> all (readable) then
      raise exception 'invalid column for filter %', filter.column_name;
    end if;
    perform realtime.check_filter(filter, atttypid)
    from pg_attribute
    where attrelid = new.entity and attname = filter.column_name;
  end loop;
  foreach selected in array coalesce(new.selected_columns, '{}') loop
    if selected <> all (readable) then
      raise exception 'invalid column for select %', selected;
    end if;
  end loop;
  -- In one order, so that the unique index knows them again.
  new.filters := array(
    select f from unnest(new.filters) as f order by f.column_name, f.op, f.value, f.negate
  );
  if new.selected_columns is not null then
    new.selected_columns := array(select c from unnest(new.selected_columns) as c order by c);
  end if;
  return new;
end
$$;

create trigger tr_check_filters before insert or update on realtime.subscription
  for each row execute function realtime.subscription_check_filters();

create function realtime.wal2json_escape_identifier(name text) returns text
language sql immutable
as $$ select regexp_replace(name, '([ ,.*\\"''])', '\\\1', 'g') $$;

create function realtime.quote_wal2json(entity regclass) returns text
language sql stable
as $$
  select realtime.wal2json_escape_identifier(nspname) || '.' || realtime.wal2json_escape_identifier(relname)
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where pg_class.oid = entity
$$;

create function realtime.build_prepared_statement_sql(
  prepared_statement_name text,
  entity regclass,
  columns realtime.wal_column[]
)
returns text
language plpgsql stable
as $$
begin
  return (
    select format(
      'prepare %I as select exists (select from %s where %s)',
      prepared_statement_name,
      entity,
      string_agg(format('%I = %L::%s', c.name, c.value #>> '{}', c.type_oid::regtype), ' and ')
    )
    from unnest(columns) as c
    where c.is_pkey
  );
end
$$;
comment on function realtime.build_prepared_statement_sql is
  'Asks for the row by its primary key, for whoever executes it: their policies decide.';

-- The values of one tuple of a change, `columns` or `identity` of the wal2json format 2. A column
-- that has been dropped or renamed since is left out.
create function realtime.wal_columns(tuple jsonb, entity regclass, reader regrole)
returns realtime.wal_column[]
language plpgsql stable
as $$
begin
  return (
    select array_agg(
      row(
        attname,
        x ->> 'type',
        (x ->> 'typeoid')::oid,
        realtime.cast(x ->> 'value', coalesce((x ->> 'typeoid')::regtype, (x ->> 'type')::regtype)),
        exists (select from pg_index where indrelid = entity and indisprimary and attnum = any (indkey)),
        has_column_privilege(reader, entity, attnum, 'select')
      )::realtime.wal_column
      order by attnum
    )
    from jsonb_array_elements(tuple) as x
    join pg_attribute on attrelid = entity and attname = x ->> 'name' and not attisdropped
  );
end
$$;

-- The values of a tuple that a subscriber may see, as an object.
create function realtime.visible_values(
  columns realtime.wal_column[],
  selected_columns text[],
  short_only boolean
)
returns jsonb
language plpgsql immutable
as $$
begin
  return (
    select coalesce(jsonb_object_agg(c.name, c.value), '{}')
    from unnest(columns) as c
    where c.is_selectable
      and (selected_columns is null or c.is_pkey or c.name = any (selected_columns))
      and (not short_only or c.value is null or octet_length(c.value::text) <= 64)
  );
end
$$;

-- What of a change the role may see: the part of the message that differs between subscribers.
create function realtime.describe_change(
  wal jsonb,
  entity regclass,
  reader regrole,
  columns realtime.wal_column[],
  old_columns realtime.wal_column[],
  selected_columns text[],
  short_only boolean
)
returns jsonb
language plpgsql stable
as $$
begin
  return (
    select
      jsonb_build_object(
        'commit_timestamp',
        to_char((wal ->> 'timestamp')::timestamptz at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'columns',
        (
          select coalesce(
            jsonb_agg(jsonb_build_object('name', attname, 'type', typname) order by attnum),
            '[]'
          )
          from pg_attribute join pg_type on pg_type.oid = atttypid
          where attrelid = entity and attnum > 0 and not attisdropped
            and has_column_privilege(reader, entity, attnum, 'select')
            and (
              selected_columns is null
              or attname = any (selected_columns)
              or exists (select from pg_index where indrelid = entity and indisprimary and attnum = any (indkey))
            )
        )
      )
      || case when wal ->> 'action' = 'D' then '{}' else jsonb_build_object(
        'record',
        -- A large value that did not change is not in the new row, but may be in the old one.
        realtime.visible_values(
          columns || array(
            select o from unnest(old_columns) as o
            where o.name not in (select c.name from unnest(columns) as c)
          ),
          selected_columns,
          short_only
        )
      ) end
      || case when wal ->> 'action' = 'I' then '{}' else jsonb_build_object(
        'old_record',
        -- Nobody's policies can be asked about a row that is gone.
        realtime.visible_values(
          array(
            select o from unnest(old_columns) as o
            where wal ->> 'action' <> 'D' or o.is_pkey
              or not (select relrowsecurity from pg_class where oid = entity)
          ),
          selected_columns,
          short_only
        )
      ) end
  );
end
$$;

-- The subscriptions among the given ones whose claims the policies show the row to.
create function realtime.visible_to(subscriptions realtime.subscription[]) returns uuid[]
language plpgsql
as $$
declare
  asked jsonb[] := array(select distinct s.claims from unnest(subscriptions) as s);
  claims jsonb;
  seen boolean;
  allowed jsonb[] := '{}';
begin
  foreach claims in array asked loop
    -- A policy that raises hides the row from its subscriber; the others are asked all the same.
    begin
      perform set_config('request.jwt.claims', claims::text, true),
        set_config('role', claims ->> 'role', true);
      execute 'execute realtime_row_is_visible' into seen;
      if seen then
        allowed := allowed || claims;
      end if;
    exception
      when others then
        raise warning 'WarnApplyingRlsToSubscription: %', sqlerrm;
    end;
    perform set_config('role', 'none', true);
  end loop;
  return array(
    select s.subscription_id from unnest(subscriptions) as s where s.claims = any (allowed)
  );
end
$$;

-- One change, in the wal2json format 2, for everybody who may see it: a row for each role and each
-- list of selected columns.
create function realtime.apply_rls(wal jsonb, max_record_bytes integer default 1048576)
returns setof realtime.wal_rls
language plpgsql
as $$
declare
  entity_ regclass := format('%I.%I', wal ->> 'schema', wal ->> 'table')::regclass;
  action realtime.action := case wal ->> 'action'
    when 'I' then 'INSERT' when 'U' then 'UPDATE' when 'D' then 'DELETE' else 'ERROR'
  end;
  rls_enabled boolean := relrowsecurity from pg_class where oid = entity_;
  too_large boolean := octet_length(wal::text) > max_record_bytes;
  head jsonb := jsonb_build_object(
    'schema', wal ->> 'schema', 'table', wal ->> 'table', 'type', action
  );
  listener record;
  columns realtime.wal_column[];
  old_columns realtime.wal_column[];
  matching realtime.subscription[];
  visible uuid[];
  fault text;
begin
  for listener in
    select claims_role, array_agg(s) as subscriptions
    from realtime.subscription as s
    where entity = entity_ and action_filter in ('*', action::text)
    group by claims_role
    order by claims_role::text
  loop
    columns := realtime.wal_columns(wal -> 'columns', entity_, listener.claims_role);
    old_columns := realtime.wal_columns(wal -> 'identity', entity_, listener.claims_role);
    fault := case
      when action = 'DELETE' then null
      when not exists (select from unnest(columns) as c where c.is_pkey)
        then 'Error 400: Bad Request, no primary key'
      when exists (select from unnest(columns) as c where c.is_pkey and not c.is_selectable)
        then 'Error 401: Unauthorized'
    end;
    if fault is null then
      matching := array(
        select s from unnest(listener.subscriptions) as s
        where realtime.is_visible_through_filters(columns, s.filters)
          or (action = 'DELETE' and realtime.is_visible_through_filters(old_columns, s.filters))
      );
      if rls_enabled and action <> 'DELETE' and cardinality(matching) > 0 then
        execute realtime.build_prepared_statement_sql('realtime_row_is_visible', entity_, columns);
        visible := realtime.visible_to(matching);
        deallocate realtime_row_is_visible;
      else
        visible := array(select s.subscription_id from unnest(matching) as s);
      end if;
    else
      visible := array(select s.subscription_id from unnest(listener.subscriptions) as s);
    end if;
    return query
      select
        head || case when fault is null then
          realtime.describe_change(
            wal, entity_, listener.claims_role, columns, old_columns, s.selected_columns, too_large
          )
          else '{}'
        end,
        rls_enabled,
        array_agg(s.subscription_id),
        case
          when fault is not null then array[fault]
          when too_large then array['Error 413: Payload Too Large']
          else '{}'
        end
      from unnest(listener.subscriptions) as s
      where s.subscription_id = any (visible)
      group by s.selected_columns
      order by s.selected_columns;
  end loop;
end
$$;
comment on function realtime.apply_rls is
  'Who may see a committed change, and what of it. DELETE knows no policies, so it tells the key only.';

do $$
declare
  object record;
begin
  for object in
    select oid::regprocedure as name
    from pg_proc
    where pronamespace = 'realtime'::regnamespace and proowner = current_user::regrole
  loop
    execute format('alter function %s owner to supabase_realtime_admin', object.name);
  end loop;
end
$$;
alter type realtime.action owner to supabase_realtime_admin;
alter type realtime.equality_op owner to supabase_realtime_admin;
alter type realtime.user_defined_filter owner to supabase_realtime_admin;
alter type realtime.wal_column owner to supabase_realtime_admin;
alter type realtime.wal_rls owner to supabase_realtime_admin;
alter table realtime.subscription owner to supabase_realtime_admin;

grant select on realtime.subscription to anon, authenticated, service_role;
grant all on realtime.subscription to postgres, dashboard_user;
grant execute on function
  realtime.cast(text, regtype),
  realtime.check_equality_op(realtime.equality_op, regtype, text, text),
  realtime.check_equality_op(realtime.equality_op, regtype, text, text, boolean),
  realtime.is_visible_through_filters(realtime.wal_column[], realtime.user_defined_filter[]),
  realtime.quote_wal2json(regclass),
  realtime.subscription_check_filters(),
  realtime.to_regrole(text),
  realtime.apply_rls(jsonb, integer),
  realtime.build_prepared_statement_sql(text, regclass, realtime.wal_column[])
  to anon, authenticated, service_role;
