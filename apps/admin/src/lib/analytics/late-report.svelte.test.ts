import type { LateReplies } from '@chatiq/contracts/analytics';
import { expect, it } from 'vitest';
import type { AnalyticsQuery } from './analytics-query.ts';
import { LateReport } from './late-report.svelte.ts';

const query: AnalyticsQuery = {
	period: 'own',
	from: '2026-01-01',
	to: '2026-01-10',
	site_id: null,
	operator_id: null
};

/** Late answers by day; what is not told is none. */
async function reportOf(days: Record<string, [first: number, next: number]>): Promise<LateReport> {
	const late = ({ from, to }: AnalyticsQuery): Promise<LateReplies> =>
		Promise.resolve({
			days: Object.entries(days)
				.filter(([key]) => key >= from && key <= to)
				.map(([key, [first, next]]) => ({ key, first, next })),
			operators: [],
			sites: []
		});
	const report = new LateReport({ late });
	await report.show(query);
	return report;
}

it('has a point for every day, beside the same day of the period before', async () => {
	const report = await reportOf({ '2026-01-03': [2, 1], '2025-12-24': [0, 4] });
	const steps = report.steps(1);
	expect(steps).toHaveLength(10);
	expect(steps[2]).toMatchObject({ day: '2026-01-03', value: 3, before: 4 });
	expect(steps[3]).toMatchObject({ value: 0, before: 0 });
});

it('adds up weeks, the last of which may be short, and counts each day once', async () => {
	const report = await reportOf({
		'2026-01-01': [1, 0],
		'2026-01-07': [0, 2],
		'2026-01-08': [4, 0],
		'2026-01-10': [0, 8],
		'2025-12-31': [16, 0],
		'2025-12-28': [0, 32]
	});
	expect(report.steps(7)).toEqual([
		{ day: '2026-01-01', first: 1, next: 2, value: 3, before: 32 },
		{ day: '2026-01-08', first: 4, next: 8, value: 12, before: 16 }
	]);
	expect(report.table(7).rows).toHaveLength(2);
	expect(report.total).toBe(15);
});
