import type { Tables } from '@chatiq/contracts/database';
import { m } from '@chatiq/i18n/console';

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

export interface AuditChange {
	column: string;
	before: string | null;
	after: string | null;
}

/** Ids say nothing and stand in the row's name already. */
const silent = new Set(['id', 'organization_id']);

/** The name of a column or a key, where there is no better word for it. */
export const spaced = (name: string): string => name.replaceAll('_', ' ');

function valueText(value: unknown, names: ReadonlyMap<string, string>): string | null {
	if (value === null || value === undefined) return null;
	if (typeof value === 'string') return names.get(value) ?? value;
	if (Array.isArray(value)) return value.map((part) => valueText(part, names) ?? '–').join(', ');
	if (typeof value === 'boolean') return value ? m.set_yes() : m.set_no();
	if (typeof value !== 'object') return JSON.stringify(value);
	const parts = Object.entries(value).map(
		([key, part]) => `${spaced(key)}: ${valueText(part, names) ?? '–'}`
	);
	return parts.length > 0 ? parts.join('; ') : null;
}

/** What was changed, column by column; ids of people and sites by their names. */
export function changesOf(
	{ before, after }: Pick<AuditEntry, 'before' | 'after'>,
	names: ReadonlyMap<string, string>
): AuditChange[] {
	const [old, now] = [before, after].map((side) =>
		side !== null && typeof side === 'object' && !Array.isArray(side) ? side : {}
	) as [Record<string, unknown>, Record<string, unknown>];
	return [...new Set([...Object.keys(old), ...Object.keys(now)])]
		.filter((column) => !silent.has(column))
		.map((column) => ({
			column,
			before: valueText(old[column], names),
			after: valueText(now[column], names)
		}))
		.filter((change) => change.before !== change.after);
}
