import { m } from '@chatiq/i18n/console';
import type { AuditEntry, Entity } from './audit-query.ts';

export const entityText: Record<Entity, () => string> = {
	organizations: m.audit_organizations,
	memberships: m.audit_memberships,
	site_operators: m.audit_site_operators,
	invitations: m.audit_invitations,
	sites: m.audit_sites,
	widget_settings: m.audit_widget_settings,
	business_hours: m.audit_business_hours,
	business_hours_exceptions: m.audit_business_hours_exceptions,
	labels: m.audit_labels,
	quick_templates: m.audit_quick_templates,
	auto_reply_rules: m.audit_auto_reply_rules,
	webhooks: m.audit_webhooks,
	api_keys: m.audit_api_keys,
	webhook_secret: m.audit_webhook_secret,
	identity_secret: m.audit_identity_secret,
	blocklist: m.audit_blocklist,
	rate_limits: m.audit_rate_limits,
	job: m.audit_job,
	retired_site_keys: m.audit_retired_site_keys,
	exports: m.audit_exports,
	snippet_mail: m.audit_snippet_mail,
	visitors: m.audit_visitors
};

const actionText: Readonly<Record<string, () => string>> = {
	insert: m.audit_insert,
	update: m.audit_update,
	delete: m.audit_delete,
	read: m.audit_read
};

/** What kind of thing it is, and what it was called. */
export function whatText({ entity, name }: Pick<AuditEntry, 'entity' | 'name'>): string {
	const what = (entityText as Partial<Record<string, () => string>>)[entity]?.() ?? entity;
	return name === null ? what : m.audit_named({ what, name });
}

export const doneText = ({ action }: Pick<AuditEntry, 'action'>): string =>
	actionText[action]?.() ?? action;

/** Who it was: by today's name, or by the one of then. */
export function whoText(
	{ actor_id, actor_name }: Pick<AuditEntry, 'actor_id' | 'actor_name'>,
	names: ReadonlyMap<string, string>
): string {
	if (actor_id === null) return m.audit_product();
	return names.get(actor_id) ?? actor_name ?? m.audit_deleted_person();
}
