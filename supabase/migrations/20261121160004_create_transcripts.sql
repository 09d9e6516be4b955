-- security definer: the buckets are private.
create function app.take_slow_token(key text, capacity integer, per_hour integer) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  growth constant double precision := per_hour / 3600.0;
  left_over double precision;
begin
  insert into private.rate_buckets as bucket (key, tokens, updated_at, burst, per_second)
  values (take_slow_token.key, capacity - 1, clock_timestamp(), capacity, growth)
  on conflict on constraint rate_buckets_pkey do update set
    tokens = least(
      capacity, bucket.tokens + extract(epoch from clock_timestamp() - bucket.updated_at) * growth
    ) - 1,
    updated_at = clock_timestamp(), burst = excluded.burst, per_second = excluded.per_second
  returning tokens into left_over;
  if left_over < 0 then
    perform app.refuse(
      429, 'rate_limited', jsonb_build_object('retry_after', ceil(-left_over / growth))
    );
  end if;
end $$;
comment on function app.take_slow_token is 'app.take_token for what may happen a few times an hour only.';

-- security definer: reads settings and leaves a job; whose conversation it is is decided here.
create function public.request_transcript(conversation_id uuid, email text default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  conversation public.conversations;
  visitor public.visitors;
  recipient text := nullif(btrim(request_transcript.email), '');
  job_key text;
begin
  if app.visitor_claim('visitor_id') is null then
    perform app.refuse(401, 'session_required');
  end if;
  select * into conversation from public.conversations as c
  where c.id = request_transcript.conversation_id and c.id = any (array(select app.my_visitor_conversation_ids()));
  if conversation.id is null then
    perform app.refuse(404, 'conversation_not_found');
  end if;
  if not (
    select (s.transcript -> 'email')::boolean from public.widget_settings as s where s.site_id = conversation.site_id
  ) then
    perform app.refuse(403, 'forbidden');
  end if;
  select * into visitor from public.visitors as v where v.id = conversation.visitor_id;
  recipient := coalesce(recipient, visitor.email);
  if not app.valid_email(recipient) then
    perform app.refuse(422, 'invalid_input', '{"argument": "email"}');
  end if;
  -- A repeat (a lost answer, a second click) is the same mail, and takes no token.
  job_key := concat_ws(
    ':', 'send_transcript', conversation.id, conversation.last_seq, lower(recipient), to_char(now() at time zone 'UTC', 'YYYYMMDDHH24')
  );
  if not exists (select from private.jobs as j where j.dedupe_key = job_key) then
    -- Anybody's address may be typed here: neither one visitor nor many may fill a stranger's mailbox.
    perform app.take_slow_token('transcript:' || visitor.id, 5, 10);
    perform app.take_slow_token('transcript-to:' || encode(extensions.digest(lower(recipient), 'sha256'), 'hex'), 5, 5);
    perform app.enqueue_job(
      'send_transcript',
      jsonb_build_object(
        'conversation_id', conversation.id, 'email', recipient,
        'language', case when visitor.language ilike 'uk%' then 'uk' else 'en' end
      ),
      conversation.organization_id, job_key
    );
  end if;
  return jsonb_build_object('conversation_id', conversation.id, 'email', recipient);
end $$;
comment on function public.request_transcript is
  'Has the calling visitor''s conversation mailed to it, to the address known of it unless another is given: TranscriptRequested. Once an hour per address and state of the conversation.';
grant execute on function public.request_transcript to anon;
