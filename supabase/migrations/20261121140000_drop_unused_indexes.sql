-- Each message moves its conversation, and with it every index of it. These had no reader: rights and lists go by site,
-- and a site names its organisation.
drop index public.conversations_organization_id_idx;
drop index public.messages_organization_id_idx;
drop index public.conversation_reads_organization_id_idx;
