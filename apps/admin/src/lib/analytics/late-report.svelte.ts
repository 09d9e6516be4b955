import type { Analytics, LateCount, LateReplies } from '@chatiq/contracts/analytics';
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

type StepDays = Analytics['step_days'];

interface LateStep extends LineDay {
	value: number;
	before: number;
	first: number;
	next: number;
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

	/** Every day or week, also those in which nothing was late; weeks of both periods are counted from their first day. */
	steps(stepDays: StepDays): LateStep[] {
		if (!this.periods) return [];
		const { query, current, before } = this.periods;
		const length = daysBetween(query.from, query.to) + 1;
		const on = new Map([...current.days, ...before.days].map((day) => [day.key, day]));
		const count = (from: string, days: number, of: (day: LateCount) => number): number =>
			Array.from({ length: days }, (_, place) => on.get(addDays(from, place)))
				.map((day) => (day ? of(day) : 0))
				.reduce((all, one) => all + one, 0);
		return Array.from({ length: Math.ceil(length / stepDays) }, (_, step) => {
			const day = addDays(query.from, step * stepDays);
			// The last week may be a part of one.
			const days = Math.min(stepDays, length - step * stepDays);
			return {
				day,
				first: count(day, days, ({ first }) => first),
				next: count(day, days, ({ next }) => next),
				value: count(day, days, sum),
				before: count(addDays(day, -length), days, sum)
			};
		});
	}

	/** What the plot shows, with what it adds up. */
	table(stepDays: StepDays): Table {
		return {
			columns: [
				{ title: stepDays === 1 ? m.analytics_day() : m.analytics_week() },
				{ title: m.analytics_late_first() },
				{ title: m.analytics_late_next() },
				{ title: m.analytics_trend_before() }
			],
			rows: this.steps(stepDays).map(({ day, first, next, before }) => ({
				key: day,
				cells: [{ text: dayText(day, 'long'), csv: day }, ...[first, next, before].map(number)]
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
