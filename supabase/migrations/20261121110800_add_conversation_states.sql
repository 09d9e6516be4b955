-- A file of its own: a new value of an enum cannot be used by the transaction that adds it.
alter type public.conversation_status add value 'snoozed';
create type public.conversation_priority as enum ('low', 'normal', 'high', 'urgent');
create type public.close_reason as enum ('resolved', 'no_reply', 'spam', 'duplicate', 'other');
