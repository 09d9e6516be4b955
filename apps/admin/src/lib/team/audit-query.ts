import type { Tables } from '@chatiq/contracts/database';

export type AuditEntry = Tables<'audit_log'>;

/** Everything that is written down, by the name of its table. */
export const entities = [
	...(['organizations', 'memberships', 'site_operators', 'invitations', 'sites'] as const),
	...(['widget_settings', 'business_hours', 'business_hours_exceptions', 'labels'] as const),
	...(['quick_templates', 'auto_reply_rules', 'webhooks', 'webhook_secret', 'api_keys'] as const),
	...([
		'identity_secret',
		'retired_site_keys',
		'blocklist',
		'rate_limits',
		'job',
		'exports',
		'snippet_mail',
		'visitors'
	] as const)
];
export type Entity = (typeof entities)[number];

export interface AuditQuery {
	actor_id: string | null;
	entity: Entity | null;
	/** Days of the reader, `YYYY-MM-DD`; null is no border. */
	from: string | null;
	to: string | null;
}

interface Address {
	searchParams: Pick<URLSearchParams, 'get'>;
}

const dayOf = (text: string | null): string | null =>
	text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
		? text
		: null;

/** What an address asks for: `?who=…&what=…&from=…&to=…`. What is not known is ignored. */
export function auditQueryOf({ searchParams }: Address, people: readonly string[]): AuditQuery {
	return {
		actor_id: people.find((id) => id === searchParams.get('who')) ?? null,
		entity: entities.find((name) => name === searchParams.get('what')) ?? null,
		from: dayOf(searchParams.get('from')),
		to: dayOf(searchParams.get('to'))
	};
}

export function auditSearchOf({ actor_id, entity, from, to }: AuditQuery): string {
	const search = new URLSearchParams();
	if (actor_id !== null) search.set('who', actor_id);
	if (entity !== null) search.set('what', entity);
	if (from !== null) search.set('from', from);
	if (to !== null) search.set('to', to);
	return search.size > 0 ? `?${search}` : '';
}

/** The times between which the days lie where the reader is. */
export function timesOf({ from, to }: AuditQuery): { after: string | null; before: string | null } {
	const midnight = (day: string, later: number) => {
		const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
		return new Date(year, month - 1, date + later).toISOString();
	};
	return {
		after: from === null ? null : midnight(from, 0),
		before: to === null ? null : midnight(to, 1)
	};
}
