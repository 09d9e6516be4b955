create trigger audit_change after update on public.organizations
for each row execute function app.audit_change('id');
create trigger audit_change after insert or update or delete on public.memberships
for each row execute function app.audit_change('user_id');
create trigger audit_change after insert or update or delete on public.site_operators
for each row execute function app.audit_change('site_id', 'user_id');
create trigger audit_change after insert or update or delete on public.invitations
for each row execute function app.audit_change('id');
create trigger audit_change after insert or update or delete on public.sites
for each row execute function app.audit_change('id');
create trigger audit_change after insert or update or delete on public.retired_site_keys
for each row execute function app.audit_change('site_key');
create trigger audit_change after update on public.widget_settings
for each row execute function app.audit_change('site_id');
create trigger audit_change after insert or update or delete on public.labels
for each row execute function app.audit_change('id');
create trigger audit_change after insert or update or delete on public.quick_templates
for each row execute function app.audit_change('id');
create trigger audit_change after insert or update or delete on public.auto_reply_rules
for each row execute function app.audit_change('id');
create trigger audit_change after insert or update or delete on public.business_hours
for each row execute function app.audit_change('site_id', 'weekday', 'opens');
create trigger audit_change after insert or update or delete on public.business_hours_exceptions
for each row execute function app.audit_change('site_id', 'day', 'opens');
create trigger audit_change after insert or update or delete on public.webhooks
for each row execute function app.audit_change('id');
create trigger audit_change after insert or update or delete on public.api_keys
for each row execute function app.audit_change('id');
