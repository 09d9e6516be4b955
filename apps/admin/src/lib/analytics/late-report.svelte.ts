import type { LateCount, LateReplies } from '@chatiq/contracts/analytics';
import { m } from '@chatiq/i18n/console';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import { addDays, daysBetween, type AnalyticsQuery } from './analytics-query.ts';
import { dayText, numberText } from './format.ts';
import type { LineDay } from './line-plot.ts';
import type { Table } from './report-tables.ts';
import type { AnalyticsApi } from './supabase-analytics.ts';

interface Periods {
	query: AnalyticsQuery;
	current: LateReplies;
	before: LateReplies;
}

const sum = ({ first, next }: LateCount): number => first + next;

/** Answers that came after their time, of one query and of the same time before it. */
export class LateReport {
	periods = $state.raw<Periods | null>(null);
	failure = $state.raw<FailureCode | null>(null);

	readonly #api: Pick<AnalyticsApi, 'late'>;
	#asked = 0;

	constructor(api: Pick<AnalyticsApi, 'late'>) {
		this.#api = api;
	}

	/** How many there were in all. */
	readonly total = $derived(
		(this.periods?.current.days ?? []).reduce((all, day) => all + sum(day), 0)
	);

	/** Nothing was late in either period: there is nothing to plot. */
	readonly quiet = $derived(
		this.periods !== null && this.total === 0 && this.periods.before.days.length === 0
	);

	async show(query: AnalyticsQuery): Promise<void> {
		const asked = ++this.#asked;
		const length = daysBetween(query.from, query.to) + 1;
		const earlier = { ...query, from: addDays(query.from, -length), to: addDays(query.from, -1) };
		try {
			const [current, before] = await Promise.all([this.#api.late(query), this.#api.late(earlier)]);
			if (asked !== this.#asked) return;
			[this.periods, this.failure] = [{ query, current, before }, null];
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		}
	}

	/** Every day, also those on which nothing was late. */
	get days(): LineDay[] {
		if (!this.periods) return [];
		const { query, current, before } = this.periods;
		const length = daysBetween(query.from, query.to) + 1;
		const on = new Map([...current.days, ...before.days].map((day) => [day.key, sum(day)]));
		return Array.from({ length }, (_, place) => {
			const day = addDays(query.from, place);
			return { day, value: on.get(day) ?? 0, before: on.get(addDays(day, -length)) ?? 0 };
		});
	}

	/** What the plot shows, with what it adds up. */
	get table(): Table {
		const on = new Map(this.periods?.current.days.map((day) => [day.key, day]));
		return {
			columns: [
				{ title: m.analytics_day() },
				{ title: m.analytics_late_first() },
				{ title: m.analytics_late_next() },
				{ title: m.analytics_trend_before() }
			],
			rows: this.days.map(({ day, before }) => ({
				key: day,
				cells: [
					{ text: dayText(day, 'long'), csv: day },
					...[on.get(day)?.first ?? 0, on.get(day)?.next ?? 0, before ?? 0].map(number)
				]
			}))
		};
	}

	/** By whoever had the conversation when its time was over, or by site. */
	by(what: 'operators' | 'sites', title: string, nameOf: (key: string | null) => string): Table {
		const counted = (this.periods?.current[what] ?? []).filter((one) => sum(one) > 0);
		return {
			columns: [
				{ title },
				{ title: m.analytics_late_first() },
				{ title: m.analytics_late_next() },
				{ title: m.analytics_late_sum() }
			],
			rows: counted.map((one) => ({
				key: one.key ?? '',
				cells: [
					{ text: nameOf(one.key), csv: nameOf(one.key) },
					...[one.first, one.next, sum(one)].map(number)
				]
			}))
		};
	}
}

const number = (value: number) => ({ text: numberText(value), csv: value });
