-- A visitor could read in the table what app.visitor_conversation hides: that the team has put its conversation away.
revoke select (status) on public.conversations from anon;
