-- security definer, all below: whoever changes the hours may not write conversations.
create function app.retime_replies(site_ids uuid[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.conversations as c
  set (reply_due_at, reply_warn_at, reply_watch_at) = (
    select timed.reply_due_at, timed.reply_warn_at, timed.reply_watch_at from app.set_reply_times(c) as timed
  )
  from public.sites as s
  where s.id = any (retime_replies.site_ids) and c.site_id = s.id and c.waiting_since is not null and c.status = 'open'
    and s.reply_in_hours and coalesce(s.first_reply_minutes, s.next_reply_minutes) is not null;
end $$;
comment on function app.retime_replies is
  'Other business hours hold for those who wait already too, where only those hours count.';

create function app.retime_with_hours() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.retime_replies(array(select distinct site_id from changed));
  return null;
end $$;
comment on function app.retime_with_hours is 'After a statement that changes the hours of sites: those who wait there are timed anew.';
create trigger retime_with_more_hours after insert on public.business_hours
referencing new table as changed for each statement execute function app.retime_with_hours();
create trigger retime_with_less_hours after delete on public.business_hours
referencing old table as changed for each statement execute function app.retime_with_hours();
create trigger retime_with_other_hours after update on public.business_hours
referencing new table as changed for each statement execute function app.retime_with_hours();
create trigger retime_with_more_hours after insert on public.business_hours_exceptions
referencing new table as changed for each statement execute function app.retime_with_hours();
create trigger retime_with_less_hours after delete on public.business_hours_exceptions
referencing old table as changed for each statement execute function app.retime_with_hours();
create trigger retime_with_other_hours after update on public.business_hours_exceptions
referencing new table as changed for each statement execute function app.retime_with_hours();

create function app.retime_with_zone() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform app.retime_replies(array[new.id]);
  return null;
end $$;
comment on function app.retime_with_zone is 'The same hours are others in another time zone.';
create trigger retime_with_zone after update of time_zone on public.sites
for each row when (old.time_zone is distinct from new.time_zone)
execute function app.retime_with_zone();
