import { m } from '@chatiq/i18n/console';
import { dayText, numberText, weekdayText } from '#lib/analytics/format.ts';
import { fullTime } from '#lib/i18n/time.ts';
import { kindText } from '#lib/jobs/job-texts.ts';
import { columnNames } from './audit-columns.ts';
import type { AuditEntry } from './audit-query.ts';
import { valueWords } from './audit-words.ts';

export interface AuditChange {
	/** Where it stands: `texts.en.title`. */
	path: string;
	/** The same in words: "Texts, English, Title". */
	label: string;
	before: string | null;
	after: string | null;
}

type Names = ReadonlyMap<string, string>;

/** Said by the entry itself, or kept by the product for itself. */
const silent = new Set<string>([
	...(['id', 'organization_id', 'site_id', 'user_id', 'visitor_id'] as const),
	...(['key', 'value', 'factor_missing'] as const),
	...(['created_by', 'invited_by', 'accepted_by', 'requested_by', 'deleted_by'] as const),
	...(['prefix', 'retired_at', 'state', 'total', 'done', 'round', 'section', 'files'] as const),
	...(['finished_at', 'failing_since', 'storage_quota_bytes'] as const),
	'exports.position'
]);

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const moment = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;
const date = /^\d{4}-\d{2}-\d{2}$/;
const clock = /^(\d{2}:\d{2}):\d{2}/;

/** The words that stand nearest to a place: `widget_settings.theme`, or `email` of `offline_form`, or `theme` anywhere. */
function nearest<Found>(known: Readonly<Record<string, Found>>, entity: string, path: string[]) {
	const last = path.at(-1) ?? '';
	const within = path.length > 1 ? known[`${path[0]}.${last}`] : undefined;
	return within ?? known[`${entity}.${last}`] ?? known[last];
}

const labelOf = (entity: string, path: string[]): string =>
	path
		.map((key, place) => {
			const name = nearest(columnNames, entity, path.slice(0, place + 1));
			return name?.() ?? key.replaceAll('_', ' ');
		})
		.join(', ');

const isSilent = (entity: string, key: string) => silent.has(`${entity}.${key}`) || silent.has(key);

function textOf(text: string, entity: string, path: string[], names: Names): string | null {
	if (text === '') return null;
	const words = nearest(valueWords, entity, path)?.[text];
	if (words) return words();
	// Whom it was merged with is told by the card of the visitor.
	if (path.at(-1) === 'merged_into') return m.set_yes();
	if (entity === 'job' && path.at(-1) === 'kind') return kindText(text);
	if (uuid.test(text)) return names.get(text) ?? m.audit_gone();
	if (moment.test(text)) return fullTime(new Date(text));
	if (date.test(text)) return dayText(text, 'long');
	return clock.exec(text)?.[1] ?? text;
}

/** Any value in words; null when there is none. */
function valueOf(value: unknown, entity: string, path: string[], names: Names): string | null {
	if (typeof value === 'string') return textOf(value, entity, path, names);
	if (typeof value === 'boolean') return value ? m.set_yes() : m.set_no();
	if (typeof value === 'number')
		return path.at(-1) === 'weekday' ? weekdayText(value, 'long') : numberText(value);
	if (Array.isArray(value)) {
		const parts = value.map((part) => valueOf(part, entity, path, names) ?? m.audit_empty());
		return parts.length > 0 ? parts.join(isNested(value) ? ' · ' : ', ') : null;
	}
	if (!isObject(value)) return null;
	const parts = Object.entries(value)
		.filter(([key]) => !isSilent(entity, key))
		.flatMap(([key, part]) => {
			const said = valueOf(part, entity, [...path, key], names);
			return said === null ? [] : [`${labelOf(entity, [...path, key].slice(-1))}: ${said}`];
		});
	return parts.length > 0 ? parts.join('; ') : null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	value !== null && typeof value === 'object' && !Array.isArray(value);
const isNested = (list: unknown[]) => list.some((part) => typeof part === 'object');
const entriesOf = (side: unknown) => (isObject(side) ? side : {});

/** What was changed, one line for each thing that is set somewhere, in the words of where it is set. */
export function changesOf(
	{ entity, name, before, after }: Pick<AuditEntry, 'entity' | 'name' | 'before' | 'after'>,
	names: Names
): AuditChange[] {
	return (
		compare(entriesOf(before), entriesOf(after), [], { entity, names })
			// What is new or gone was named already.
			.filter((change) => name === null || ![change.before, change.after].every(isName(name)))
			.sort((a, b) => placeOf(a.path) - placeOf(b.path))
	);
}

const isName = (name: string) => (side: string | null) => side === null || side === name;

/** As the settings have it; the database sorts by the length of a name. */
const places = new Map(Object.keys(columnNames).map((column, place) => [column, place]));
const placeOf = (path: string): number => places.get(path.split('.')[0] ?? '') ?? places.size;

function compare(
	old: Record<string, unknown>,
	now: Record<string, unknown>,
	above: string[],
	{ entity, names }: { entity: string; names: Names }
): AuditChange[] {
	return [...new Set([...Object.keys(old), ...Object.keys(now)])]
		.filter((key) => !isSilent(entity, key))
		.flatMap((key) => {
			const path = [...above, key];
			if (isObject(old[key]) || isObject(now[key]))
				return compare(entriesOf(old[key]), entriesOf(now[key]), path, { entity, names });
			const [before, after] = [old[key], now[key]].map((value) =>
				valueOf(value, entity, path, names)
			) as [string | null, string | null];
			if (before === after) return [];
			return [{ path: path.join('.'), label: labelOf(entity, path), before, after }];
		});
}
