-- Whose second factor is gone stands outside of a team that asks for one, at once. An open console did not hear of it
-- and went on listening to the team's conversations: Realtime asks no policies again while a token lasts.
create trigger tell_former_member_of_factor after update of factor_missing on public.memberships
for each row when (not old.factor_missing and new.factor_missing)
execute function app.tell_former_member();
