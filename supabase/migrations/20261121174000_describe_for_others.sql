-- The shapes in which other systems see our rows: in webhooks and in the REST API alike. Columns are named one by one, so
-- that a new column is not told to anybody by accident.
create function app.told_conversation(conversation public.conversations) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', conversation.id, 'site_id', conversation.site_id, 'visitor_id', conversation.visitor_id,
    'status', conversation.status, 'priority', conversation.priority, 'assignee_id', conversation.assignee_id,
    'label_ids', (
      select coalesce(jsonb_agg(l.label_id order by l.label_id), '[]') from public.conversation_labels as l
      where l.conversation_id = conversation.id
    ),
    'last_seq', conversation.last_seq, 'last_message_at', conversation.last_message_at,
    'waiting_since', conversation.waiting_since, 'snoozed_until', conversation.snoozed_until,
    'close_reason', conversation.close_reason, 'closed_at', conversation.closed_at,
    'created_at', conversation.created_at, 'updated_at', conversation.updated_at
  );
end $$;
comment on function app.told_conversation is 'ApiConversation of packages/contracts.';

create function app.told_message(message public.messages) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', message.id, 'conversation_id', message.conversation_id, 'site_id', message.site_id, 'seq', message.seq,
    'author_kind', message.author_kind, 'author_id', message.author_id, 'author_name', message.author_name,
    'visibility', message.visibility, 'body', message.body, 'reply_to_seq', message.reply_to_seq,
    'attachments', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', file.value -> 'id', 'name', file.value -> 'name', 'content_type', file.value -> 'content_type',
        'size_bytes', file.value -> 'size_bytes'
      ) order by file.ordinality), '[]')
      from jsonb_array_elements(message.attachments) with ordinality as file
    ),
    'created_at', message.created_at, 'edited_at', message.edited_at, 'redacted_at', message.redacted_at
  );
end $$;
comment on function app.told_message is 'ApiMessage of packages/contracts.';

create function app.told_visitor(visitor public.visitors) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', visitor.id, 'site_id', visitor.site_id, 'external_id', visitor.external_id, 'verified', visitor.verified,
    'name', visitor.name, 'email', visitor.email, 'phone', visitor.phone, 'language', visitor.language,
    'time_zone', visitor.time_zone, 'created_at', visitor.created_at, 'last_seen_at', visitor.last_seen_at
  );
end $$;
comment on function app.told_visitor is 'ApiVisitor of packages/contracts.';

create function app.told_rating(rating public.ratings) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return jsonb_build_object(
    'conversation_id', rating.conversation_id, 'site_id', rating.site_id, 'score', rating.score,
    'comment', rating.comment, 'operator_id', rating.operator_id, 'updated_at', rating.updated_at
  );
end $$;
comment on function app.told_rating is 'What a webhook tells of a rating.';
