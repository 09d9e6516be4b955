do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule('chatiq-refresh-statuses', '* * * * *', 'select app.refresh_due_statuses()');
  else
    raise notice 'pg_cron is missing: call app.refresh_due_statuses() every minute in another way';
  end if;
end $$;
