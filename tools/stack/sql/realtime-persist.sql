-- Broadcasts of clients that are kept for replay: they were delivered before they were stored.
-- Run once, by supabase_admin, after realtime.sql.

alter table realtime.messages add column skip_broadcast boolean not null default false;
comment on column realtime.messages.skip_broadcast is
  'Stored for replay only: whoever had joined has received it already.';
