import type { StatMeasure } from '@chatiq/contracts/analytics';

/** Days up to today; `own` are the two days of the query. */
export const periods = ['7', '30', '90', '365', 'own'] as const;
export type Period = (typeof periods)[number];

/** The longest period that the database counts. */
export const mostDays = 400;

export interface AnalyticsQuery {
	period: Period;
	/** First and last day, `YYYY-MM-DD`. */
	from: string;
	to: string;
	site_id: string | null;
	operator_id: string | null;
}

/** What is read of a page's address. */
interface Address {
	searchParams: Pick<URLSearchParams, 'get'>;
}

interface Known {
	siteIds: readonly string[];
	operatorIds: readonly string[];
	/** The reader's day. */
	today: string;
}

const dayMs = 86_400_000;

export function addDays(day: string, days: number): string {
	return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

export const daysBetween = (from: string, to: string): number =>
	Math.round((Date.parse(to) - Date.parse(from)) / dayMs);

/** The day where the reader is. */
export function todayOf(now: number): string {
	const date = new Date(now);
	const two = (part: number) => String(part).padStart(2, '0');
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const isDay = (text: string | null): text is string =>
	text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** Whether the database would count these days; what a screen may say before it asks. */
export function periodProblem(from: string, to: string): 'missing' | 'order' | 'long' | null {
	if (!isDay(from) || !isDay(to)) return 'missing';
	if (from > to) return 'order';
	return daysBetween(from, to) > mostDays ? 'long' : null;
}

/** What an address asks for: `?days=7`, `?from=…&to=…`, `&site=…`, `&operator=…`. What is not known is ignored. */
export function queryOf(
	{ searchParams }: Address,
	{ siteIds, operatorIds, today }: Known
): AnalyticsQuery {
	const filters = {
		site_id: siteIds.find((id) => id === searchParams.get('site')) ?? null,
		operator_id: operatorIds.find((id) => id === searchParams.get('operator')) ?? null
	};
	const [from, to] = [searchParams.get('from'), searchParams.get('to')];
	if (isDay(from) && isDay(to) && periodProblem(from, to) === null) {
		return { period: 'own', from, to, ...filters };
	}
	const period =
		periods.find((known) => known === searchParams.get('days') && known !== 'own') ?? '30';
	return { period, from: addDays(today, 1 - Number(period)), to: today, ...filters };
}

export function searchOf({ period, from, to, site_id, operator_id }: AnalyticsQuery): string {
	const search = new URLSearchParams();
	if (period === 'own') {
		search.set('from', from);
		search.set('to', to);
	} else if (period !== '30') search.set('days', period);
	if (site_id !== null) search.set('site', site_id);
	if (operator_id !== null) search.set('operator', operator_id);
	return search.size > 0 ? `?${search}` : '';
}

/** Arguments that `read_analytics` and `list_stat_conversations` have in common. */
export function queryArguments({ from, to, site_id, operator_id }: AnalyticsQuery) {
	return {
		from_day: from,
		to_day: to,
		...(site_id !== null && { site_ids: [site_id] }),
		...(operator_id !== null && { operator_id })
	};
}

/** The conversations behind a number: which, and of which part of the period. */
export interface DrillDown {
	measure: StatMeasure;
	page: string | null;
}

export const statMeasures = [
	'started',
	'missed',
	'auto_replied',
	'closed',
	'rated',
	'answered'
] as const;

export function drillDownOf({ searchParams }: Address): DrillDown {
	return {
		measure: statMeasures.find((known) => known === searchParams.get('measure')) ?? 'started',
		page: searchParams.get('page')
	};
}

/** The address of that list. */
export function drillDownHref(query: AnalyticsQuery, { measure, page }: DrillDown): string {
	const search = new URLSearchParams(searchOf(query));
	search.set('measure', measure);
	if (page !== null) search.set('page', page);
	return `/analytics/conversations?${search}`;
}
