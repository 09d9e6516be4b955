-- What the list shows besides: whose team has it, until when it should be answered, who follows it, since when it waits
-- for somebody to be given to.
create or replace view app.inbox_conversations with (security_invoker = true) as
select
  conversations.id,
  conversations.organization_id,
  conversations.site_id,
  conversations.visitor_id,
  visitors.name as visitor_name,
  visitors.email as visitor_email,
  visitors.verified as visitor_verified,
  conversations.status,
  conversations.assignee_id,
  conversations.last_seq,
  conversations.last_message_at,
  conversations.last_message_preview,
  conversations.last_author_kind,
  conversations.waiting_since,
  conversations.visitor_message_count,
  conversations.visitor_read_seq,
  conversations.team_read_seq,
  conversations.created_at,
  conversations.updated_at,
  array(
    select conversation_labels.label_id from public.conversation_labels
    where conversation_labels.conversation_id = conversations.id
    order by conversation_labels.label_id
  ) as label_ids,
  conversations.priority,
  conversations.snoozed_until,
  conversations.close_reason,
  conversations.last_change_seq,
  conversations.team_site_id,
  conversations.reply_warn_at,
  conversations.reply_due_at,
  conversations.queued_at,
  array(
    select conversation_followers.user_id from public.conversation_followers
    where conversation_followers.conversation_id = conversations.id
    order by conversation_followers.created_at, conversation_followers.user_id
  ) as follower_ids
from public.conversations
join public.visitors on visitors.id = conversations.visitor_id;
