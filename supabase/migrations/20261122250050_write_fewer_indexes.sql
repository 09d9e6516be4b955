-- Every index of these tables is written by every message. Lists of notifications go by told_at since steps are recorded,
-- and what is nobody's is found by conversations_unassigned.
drop index public.notifications_user_id_created_at_id_idx;
drop index public.conversations_assignee_id_status_last_message_at_id_idx;
create index conversations_assignee_id_status_last_message_at_id_idx
on public.conversations (assignee_id, status, last_message_at desc, id desc) where assignee_id is not null;
