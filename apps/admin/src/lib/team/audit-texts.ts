import { m } from '@chatiq/i18n/console';
import { columnNames } from './audit-columns.ts';
import { spaced, type AuditEntry, type Entity } from './audit-query.ts';

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

export const whatText = ({ entity }: Pick<AuditEntry, 'entity'>): string =>
	(entityText as Partial<Record<string, () => string>>)[entity]?.() ?? entity;

export const doneText = ({ action }: Pick<AuditEntry, 'action'>): string =>
	actionText[action]?.() ?? action;

/** What a column is called where it is set. */
export const columnText = ({ entity }: Pick<AuditEntry, 'entity'>, column: string): string =>
	(columnNames[`${entity}.${column}`] ?? columnNames[column])?.() ?? spaced(column);
