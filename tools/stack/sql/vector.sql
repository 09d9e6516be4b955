-- The extension vector in SQL: exact distances, and indexes that do not speed them up. A value is
-- kept as its text, '[1,2,3]': only functions in C could read and write another form.

create type vector;
create function vector_in(cstring) returns vector
  language internal immutable strict parallel safe as 'json_in';
create function vector_out(vector) returns cstring
  language internal immutable strict parallel safe as 'json_out';
create function vector_typmod_in(cstring[]) returns integer
  language internal immutable strict parallel safe as 'bittypmodin';
create function vector_typmod_out(integer) returns cstring
  language internal immutable strict parallel safe as 'bittypmodout';
create type vector (
  input = vector_in,
  output = vector_out,
  typmod_in = vector_typmod_in,
  typmod_out = vector_typmod_out,
  internallength = variable,
  alignment = int4,
  storage = external
);

-- From and to arrays. What is not a list of numbers fails here.
create function vector_to_float4(vector, integer default -1, boolean default false) returns real[]
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  value constant text := $1::text;
begin
  if value !~ '^\s*\[[^][]*\]\s*$' or value ~ '["{}:a-df-zA-DF-Z]' then
    raise invalid_text_representation using
      message = format('invalid input syntax for type vector: "%s"', value),
      detail = 'Vector contents must start with "[" and hold numbers.';
  end if;
  return translate(value, '[]', '{}')::real[];
end
$$;

create function _vector(elements real[], dimensions integer) returns vector
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
begin
  if array_ndims(elements) > 1 then
    raise data_exception using message = 'array must be 1-D';
  elsif cardinality(elements) = 0 then
    raise data_exception using message = 'vector must have at least 1 dimension';
  elsif cardinality(elements) > 16000 then
    raise program_limit_exceeded using message = 'vector cannot have more than 16000 dimensions';
  elsif array_position(elements, null) is not null then
    raise null_value_not_allowed using message = 'array must not contain nulls';
  elsif 'NaN' = any (elements) or 'Infinity' = any (elements) or '-Infinity' = any (elements) then
    raise data_exception using message = 'NaN or infinite value not allowed in vector';
  elsif dimensions <> -1 and dimensions <> cardinality(elements) then
    raise data_exception using message =
      format('expected %s dimensions, not %s', dimensions, cardinality(elements));
  end if;
  return format('[%s]', array_to_string(elements, ','))::@extschema@.vector;
end
$$;

create function vector(vector, integer, boolean) returns vector
  language sql immutable strict parallel safe
  return _vector(vector_to_float4($1), $2);
create function array_to_vector(real[], integer, boolean) returns vector
  language sql immutable strict parallel safe return _vector($1, $2);
create function array_to_vector(double precision[], integer, boolean) returns vector
  language sql immutable strict parallel safe return _vector($1::real[], $2);
create function array_to_vector(numeric[], integer, boolean) returns vector
  language sql immutable strict parallel safe return _vector($1::real[], $2);
create function array_to_vector(integer[], integer, boolean) returns vector
  language sql immutable strict parallel safe return _vector($1::real[], $2);

create cast (vector as vector) with function vector(vector, integer, boolean) as implicit;
create cast (vector as real[]) with function vector_to_float4(vector, integer, boolean) as implicit;
create cast (real[] as vector)
  with function array_to_vector(real[], integer, boolean) as assignment;
create cast (double precision[] as vector)
  with function array_to_vector(double precision[], integer, boolean) as assignment;
create cast (numeric[] as vector)
  with function array_to_vector(numeric[], integer, boolean) as assignment;
create cast (integer[] as vector)
  with function array_to_vector(integer[], integer, boolean) as assignment;

-- Distances
create function _same_dimensions(one real[], other real[]) returns void
language plpgsql immutable parallel safe set search_path = pg_catalog
as $$
begin
  if cardinality(one) <> cardinality(other) then
    raise data_exception using message =
      format('different vector dimensions %s and %s', cardinality(one), cardinality(other));
  end if;
end
$$;

create function vector_l2_squared_distance(vector, vector) returns double precision
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  a constant real[] := @extschema@.vector_to_float4($1);
  b constant real[] := @extschema@.vector_to_float4($2);
begin
  perform @extschema@._same_dimensions(a, b);
  return (
    select sum((x::double precision - y) * (x::double precision - y))
    from unnest(a, b) as pair (x, y));
end
$$;

create function inner_product(vector, vector) returns double precision
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  a constant real[] := @extschema@.vector_to_float4($1);
  b constant real[] := @extschema@.vector_to_float4($2);
begin
  perform @extschema@._same_dimensions(a, b);
  return (select sum(x::double precision * y) from unnest(a, b) as pair (x, y));
end
$$;

create function cosine_distance(vector, vector) returns double precision
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  a constant real[] := @extschema@.vector_to_float4($1);
  b constant real[] := @extschema@.vector_to_float4($2);
begin
  perform @extschema@._same_dimensions(a, b);
  -- Rounding must not take it out of 0…2; a vector of zeros has no direction.
  return (
    select case
      when sum(x::double precision * x) = 0 or sum(y::double precision * y) = 0 then 'NaN'
      else 1 - least(1, greatest(-1,
        sum(x::double precision * y)
          / sqrt(sum(x::double precision * x) * sum(y::double precision * y))))
    end
    from unnest(a, b) as pair (x, y));
end
$$;

create function l1_distance(vector, vector) returns double precision
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  a constant real[] := @extschema@.vector_to_float4($1);
  b constant real[] := @extschema@.vector_to_float4($2);
begin
  perform @extschema@._same_dimensions(a, b);
  return (select sum(abs(x::double precision - y)) from unnest(a, b) as pair (x, y));
end
$$;

create function l2_distance(vector, vector) returns double precision
  language sql immutable strict parallel safe return sqrt(vector_l2_squared_distance($1, $2));
create function vector_negative_inner_product(vector, vector) returns double precision
  language sql immutable strict parallel safe return -inner_product($1, $2);
create function vector_spherical_distance(vector, vector) returns double precision
  language sql immutable strict parallel safe
  return acos(least(1, greatest(-1, inner_product($1, $2)))) / pi();

create operator <-> (
  leftarg = vector, rightarg = vector, procedure = l2_distance, commutator = '<->'
);
create operator <#> (
  leftarg = vector, rightarg = vector, procedure = vector_negative_inner_product,
  commutator = '<#>'
);
create operator <=> (
  leftarg = vector, rightarg = vector, procedure = cosine_distance, commutator = '<=>'
);
create operator <+> (
  leftarg = vector, rightarg = vector, procedure = l1_distance, commutator = '<+>'
);

-- Arithmetic
create function vector_dims(vector) returns integer
  language sql immutable strict parallel safe return cardinality(vector_to_float4($1));
create function vector_norm(vector) returns double precision
  language sql immutable strict parallel safe return sqrt(inner_product($1, $1));

create function l2_normalize(vector) returns vector
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  norm constant double precision := @extschema@.vector_norm($1);
begin
  if norm = 0 then
    return $1;
  end if;
  return @extschema@._vector(array(
    select (x / norm)::real from unnest(@extschema@.vector_to_float4($1)) with ordinality as e (x, n)
    order by n), -1);
end
$$;

create function _pairwise(vector, vector, operation text) returns vector
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  a constant real[] := @extschema@.vector_to_float4($1);
  b constant real[] := @extschema@.vector_to_float4($2);
begin
  perform @extschema@._same_dimensions(a, b);
  return @extschema@._vector(array(
    select case operation when '+' then x + y when '-' then x - y else x * y end
    from rows from (unnest(a), unnest(b)) with ordinality as pair (x, y, n) order by n), -1);
end
$$;

create function vector_add(vector, vector) returns vector
  language sql immutable strict parallel safe return _pairwise($1, $2, '+');
create function vector_sub(vector, vector) returns vector
  language sql immutable strict parallel safe return _pairwise($1, $2, '-');
create function vector_mul(vector, vector) returns vector
  language sql immutable strict parallel safe return _pairwise($1, $2, '*');
create function vector_concat(vector, vector) returns vector
  language sql immutable strict parallel safe
  return _vector(vector_to_float4($1) || vector_to_float4($2), -1);
create function subvector(vector, integer, integer) returns vector
  language sql immutable strict parallel safe
  return _vector((vector_to_float4($1))[greatest($2, 1) : $2 + $3 - 1], -1);

create function binary_quantize(vector) returns bit varying
language sql immutable strict parallel safe
begin atomic
  select string_agg(case when x > 0 then '1' else '0' end, '' order by n)::bit varying
  from unnest(vector_to_float4($1)) with ordinality as e (x, n);
end;

create operator + (
  leftarg = vector, rightarg = vector, procedure = vector_add, commutator = +
);
create operator - (leftarg = vector, rightarg = vector, procedure = vector_sub);
create operator * (
  leftarg = vector, rightarg = vector, procedure = vector_mul, commutator = *
);
create operator || (leftarg = vector, rightarg = vector, procedure = vector_concat);

-- Aggregates
create aggregate sum(vector) (
  sfunc = vector_add, stype = vector, combinefunc = vector_add, parallel = safe
);

-- The number of vectors, then the sums.
create function vector_accum(double precision[], vector) returns double precision[]
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
declare
  added constant double precision[] := @extschema@.vector_to_float4($2)::double precision[];
begin
  if $1[1] = 0 then
    return 1::double precision || added;
  end if;
  perform @extschema@._same_dimensions($1[2:]::real[], added::real[]);
  return ($1[1] + 1) || array(
    select x + y from rows from (unnest($1[2:]), unnest(added)) with ordinality as pair (x, y, n)
    order by n);
end
$$;

create function vector_avg(double precision[]) returns vector
language plpgsql immutable strict parallel safe set search_path = pg_catalog
as $$
begin
  if $1[1] = 0 then
    return null;
  end if;
  return @extschema@._vector(array(
    select (x / $1[1])::real from unnest($1[2:]) with ordinality as e (x, n) order by n), -1);
end
$$;

create aggregate avg(vector) (
  sfunc = vector_accum, stype = double precision[], finalfunc = vector_avg, initcond = '{0}',
  parallel = safe
);

-- Order, which groups and sorts
create function vector_cmp(vector, vector) returns integer
  language sql immutable strict parallel safe
  return btarraycmp(vector_to_float4($1), vector_to_float4($2));
create function vector_lt(vector, vector) returns boolean
  language sql immutable strict parallel safe return vector_cmp($1, $2) < 0;
create function vector_le(vector, vector) returns boolean
  language sql immutable strict parallel safe return vector_cmp($1, $2) <= 0;
create function vector_eq(vector, vector) returns boolean
  language sql immutable strict parallel safe return vector_cmp($1, $2) = 0;
create function vector_ne(vector, vector) returns boolean
  language sql immutable strict parallel safe return vector_cmp($1, $2) <> 0;
create function vector_ge(vector, vector) returns boolean
  language sql immutable strict parallel safe return vector_cmp($1, $2) >= 0;
create function vector_gt(vector, vector) returns boolean
  language sql immutable strict parallel safe return vector_cmp($1, $2) > 0;

create operator < (
  leftarg = vector, rightarg = vector, procedure = vector_lt, commutator = >, negator = >=,
  restrict = scalarltsel, join = scalarltjoinsel
);
create operator <= (
  leftarg = vector, rightarg = vector, procedure = vector_le, commutator = >=, negator = >,
  restrict = scalarlesel, join = scalarlejoinsel
);
create operator = (
  leftarg = vector, rightarg = vector, procedure = vector_eq, commutator = =, negator = <>,
  restrict = eqsel, join = eqjoinsel
);
create operator <> (
  leftarg = vector, rightarg = vector, procedure = vector_ne, commutator = <>, negator = =,
  restrict = neqsel, join = neqjoinsel
);
create operator >= (
  leftarg = vector, rightarg = vector, procedure = vector_ge, commutator = <=, negator = <,
  restrict = scalargesel, join = scalargejoinsel
);
create operator > (
  leftarg = vector, rightarg = vector, procedure = vector_gt, commutator = <, negator = <=,
  restrict = scalargtsel, join = scalargtjoinsel
);
create operator class vector_ops default for type vector using btree as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >,
  function 1 vector_cmp(vector, vector);

-- Indexes: hash indexes under the names of pgvector's. They find equal vectors; a query by distance
-- reads the table and is exact.
create function vector_hash(vector) returns integer
  language sql immutable strict parallel safe return hash_array(vector_to_float4($1));
create function hnswhandler(internal) returns index_am_handler language internal as 'hashhandler';
create function ivfflathandler(internal) returns index_am_handler
  language internal as 'hashhandler';
create access method hnsw type index handler hnswhandler;
create access method ivfflat type index handler ivfflathandler;

create operator class vector_l2_ops for type vector using hnsw as
  operator 1 =, function 1 vector_hash(vector);
create operator class vector_ip_ops for type vector using hnsw as
  operator 1 =, function 1 vector_hash(vector);
create operator class vector_cosine_ops for type vector using hnsw as
  operator 1 =, function 1 vector_hash(vector);
create operator class vector_l1_ops for type vector using hnsw as
  operator 1 =, function 1 vector_hash(vector);
create operator class vector_l2_ops default for type vector using ivfflat as
  operator 1 =, function 1 vector_hash(vector);
create operator class vector_ip_ops for type vector using ivfflat as
  operator 1 =, function 1 vector_hash(vector);
create operator class vector_cosine_ops for type vector using ivfflat as
  operator 1 =, function 1 vector_hash(vector);
