-- What a person's consoles were told of a conversation stays with Realtime for days too: a name and the first words.
create or replace function app.forget_broadcasts(
  site_id uuid, conversation_ids uuid[], since timestamptz, message_id uuid default null
) returns void
language sql volatile security definer set search_path = ''
as $$
  delete from realtime.messages as old
  where old.extension = 'broadcast' and old.private
    and (
      old.topic = any (
        array(select 'conversation:' || id from unnest(conversation_ids) as id)
        || array(select 'conversation:' || id || ':team' from unnest(conversation_ids) as id)
        || array['inbox:' || forget_broadcasts.site_id]
      )
      -- Of everybody: whoever was told may have left the team since.
      or old.topic like 'user:%'
    )
    and case
      when old.topic like 'inbox:%' or old.topic like 'user:%'
        then coalesce(old.payload ->> 'conversation_id', old.payload ->> 'id') = any (conversation_ids::text[])
      else forget_broadcasts.message_id is null or old.payload ->> 'id' = forget_broadcasts.message_id::text
    end
    -- Not read from the beginning: nothing was said before, but a transaction may have begun a while before its message.
    and old.inserted_at >= timezone('utc', forget_broadcasts.since - interval '1 hour')
    -- What this transaction itself sends must still go out.
    and old.inserted_at < timezone('utc', now())
$$;
