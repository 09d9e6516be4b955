-- security definer: events are written to Realtime by the database alone.
create function app.announce_rating() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(
    to_jsonb(new) - array['organization_id', 'site_id'], 'rating_changed', 'conversation:' || new.conversation_id || ':team', true
  );
  return null;
end $$;
comment on function app.announce_rating is 'Shows the rating to operators who have the conversation open.';

create trigger announce_rating after insert or update on public.ratings
for each row execute function app.announce_rating();

-- security definer: ratings are for operators; a visitor sees its own here.
create function public.get_rating(conversation_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('conversation_id', mine.id, 'score', r.score, 'comment', r.comment)
    from (select id from app.my_visitor_conversation_ids() as id where id = get_rating.conversation_id) as mine
    left join public.ratings as r on r.conversation_id = mine.id
  );
end $$;
comment on function public.get_rating is
  'MyRating: what the visitor said of an own conversation, score null when nothing; null for any other conversation.';
grant execute on function public.get_rating to anon;
