import type { Analytics, StatCell } from '@chatiq/contracts/analytics';
import { m } from '@chatiq/i18n/console';
import { readerCsv } from '#lib/i18n/reader-csv.ts';
import { addDays, daysBetween, drillDownHref, type AnalyticsQuery } from './analytics-query.ts';
import type { CsvValue } from '@chatiq/contracts/csv';
import { dayText, durationText, hourText, numberText, shareText, weekdayText } from './format.ts';
import type { LineDay } from './line-plot.ts';
import type { Measure } from './measures.ts';
import type { Report } from './report.svelte.ts';

/** One value, as it is read and as a spreadsheet wants it. */
export interface TableCell {
	text: string;
	csv: CsvValue;
	href?: string;
}

export interface Table {
	/** The first column names the row. */
	columns: { title: string; csvTitle?: string }[];
	rows: { key: string; cells: TableCell[] }[];
}

const text = (value: string, href?: string): TableCell => ({
	text: value,
	csv: value,
	...(href !== undefined && { href })
});
const number = (value: number, href?: string): TableCell => ({
	text: numberText(value),
	csv: value,
	// Nothing stands behind a zero.
	...(href !== undefined && value > 0 && { href })
});
const seconds = (value: number | null): TableCell =>
	value === null ? { text: '–', csv: null } : { text: durationText(value), csv: Math.round(value) };
const share = (part: number, whole: number, href?: string): TableCell =>
	whole === 0
		? { text: '–', csv: null }
		: {
				text: shareText(part / whole),
				csv: Math.round((part / whole) * 1000) / 1000,
				...(href !== undefined && { href })
			};

const secondsColumn = (title: string) => ({ title, csvTitle: m.analytics_seconds({ title }) });

export function csvOf({ columns, rows }: Table): string {
	return readerCsv([
		columns.map(({ title, csvTitle }) => csvTitle ?? title),
		...rows.map(({ cells }) => cells.map(({ csv }) => csv))
	]);
}

/** Every day (or week) of the period, also those on which nothing happened, beside the same one of the period before. */
export function daysOf(report: Report, measure: Measure): LineDay[] {
	const { analytics } = report;
	if (!analytics) return [];
	const { from_day, to_day, before_day, step_days } = analytics;
	const days = new Map(
		analytics.cells.filter(({ cut }) => cut === 'day').map((cell) => [cell.key, cell])
	);
	const valueOf = (day: string): number | null => {
		const cell = days.get(day);
		if (cell) return measure.value(cell);
		return measure.countable ? 0 : null;
	};
	const steps = Math.floor(daysBetween(from_day, to_day) / step_days) + 1;
	return Array.from({ length: steps }, (_, place) => ({
		day: addDays(from_day, place * step_days),
		value: valueOf(addDays(from_day, place * step_days)),
		before: valueOf(addDays(before_day, place * step_days))
	}));
}

export function trendTable(
	days: readonly LineDay[],
	measure: Measure,
	stepDays: Analytics['step_days']
): Table {
	const cell = (value: number | null): TableCell =>
		value === null
			? { text: '–', csv: null }
			: { text: measure.text(value), csv: Math.round(value * 1000) / 1000 };
	return {
		columns: [
			{ title: stepDays === 1 ? m.analytics_day() : m.analytics_week() },
			{ title: m.analytics_trend_current() },
			{ title: m.analytics_trend_before() }
		],
		rows: days.map(({ day, value, before }) => ({
			key: day,
			cells: [{ text: dayText(day, 'long'), csv: day }, cell(value), cell(before)]
		}))
	};
}

export function hoursTable(hours: readonly number[]): Table {
	const weekdays = Array.from({ length: 7 }, (_, place) => place + 1);
	return {
		columns: [
			{ title: m.analytics_hour() },
			...weekdays.map((weekday) => ({ title: weekdayText(weekday) }))
		],
		rows: Array.from({ length: 24 }, (_, hour) => ({
			key: String(hour),
			cells: [
				text(hourText(hour)),
				...weekdays.map((weekday) => number(hours[(weekday - 1) * 24 + hour] ?? 0))
			]
		}))
	};
}

const mostFirst = (a: StatCell, b: StatCell) =>
	b.conversations_started - a.conversations_started || (a.key < b.key ? -1 : 1);

const wholeColumns = () => [
	{ title: m.analytics_volume() },
	secondsColumn(m.analytics_median_response()),
	secondsColumn(m.analytics_p90_response()),
	secondsColumn(m.analytics_median_resolution()),
	{ title: m.analytics_missed() },
	{ title: m.analytics_csat() },
	{ title: m.analytics_auto_reply() }
];

function wholeCells(cell: StatCell, query: AnalyticsQuery, page: string | null): TableCell[] {
	const behind = (measure: Measure['drill']) => drillDownHref(query, { measure, page });
	return [
		number(cell.conversations_started, behind('started')),
		seconds(cell.first_response_median),
		seconds(cell.first_response_p90),
		seconds(cell.resolution_median),
		number(cell.missed, behind('missed')),
		share(cell.rating_good, cell.rating_count, behind('rated')),
		share(cell.auto_replied, cell.conversations_started)
	];
}

export function sitesTable(report: Report, names: ReadonlyMap<string, string>): Table {
	const { query } = report;
	return {
		columns: [{ title: m.analytics_site() }, ...wholeColumns()],
		rows: query
			? report
					.cells('site')
					.sort(mostFirst)
					.map((cell) => ({
						key: cell.key,
						cells: [
							text(names.get(cell.key) ?? cell.key.slice(0, 8)),
							...wholeCells(cell, { ...query, site_id: cell.key }, null)
						]
					}))
			: []
	};
}

export function pagesTable(report: Report): Table {
	const { query } = report;
	return {
		columns: [{ title: m.analytics_page() }, ...wholeColumns()],
		rows: query
			? report
					.cells('page')
					.sort(mostFirst)
					.map((cell) => ({
						key: cell.key,
						cells: [
							text(cell.key || m.analytics_page_other()),
							// What is not named by page cannot be asked for by page.
							...wholeCells(cell, query, cell.key).map((part) =>
								cell.key ? part : { text: part.text, csv: part.csv }
							)
						]
					}))
			: []
	};
}

export function operatorsTable(report: Report, names: ReadonlyMap<string, string>): Table {
	const { query } = report;
	const row = (cell: StatCell, of: AnalyticsQuery) => {
		const behind = (measure: Measure['drill']) => drillDownHref(of, { measure, page: null });
		return [
			text(names.get(cell.key) ?? m.analytics_somebody()),
			number(cell.first_response_count, behind('answered')),
			number(cell.operator_messages),
			seconds(cell.first_response_median),
			seconds(cell.first_response_p90),
			number(cell.conversations_closed, behind('closed')),
			seconds(cell.resolution_median),
			share(cell.rating_good, cell.rating_count, behind('rated'))
		];
	};
	return {
		columns: [
			{ title: m.analytics_operator() },
			{ title: m.analytics_answered() },
			{ title: m.analytics_messages() },
			secondsColumn(m.analytics_median_response()),
			secondsColumn(m.analytics_p90_response()),
			{ title: m.analytics_closed_column() },
			secondsColumn(m.analytics_median_resolution()),
			{ title: m.analytics_csat() }
		],
		rows: query
			? report
					.cells('operator')
					.sort((a, b) => b.operator_messages - a.operator_messages || (a.key < b.key ? -1 : 1))
					.map((cell) => ({ key: cell.key, cells: row(cell, { ...query, operator_id: cell.key }) }))
			: []
	};
}
