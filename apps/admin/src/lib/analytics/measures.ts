import type { StatCell, StatMeasure } from '@chatiq/contracts/analytics';
import { m } from '@chatiq/i18n/console';
import { durationText, numberText, shareText } from './format.ts';

export const measureNames = [
	'volume',
	'first_response',
	'resolution',
	'missed',
	'csat',
	'auto_reply'
] as const;
export type MeasureName = (typeof measureNames)[number];

export interface Measure {
	name: MeasureName;
	title: () => string;
	/** What exactly is counted. */
	hint: () => string;
	/** Null when there is nothing to count. */
	value: (cell: StatCell) => number | null;
	/** A second number under the first. */
	also?: (cell: StatCell) => string | null;
	text: (value: number) => string;
	/** Which way is good; volume is neither. */
	better: 'more' | 'less' | null;
	/** How a change is told: as a share of what was, or as a difference of shares. */
	change: 'relative' | 'points';
	/** Counted in whole ones; a day without anything is a zero, not a gap. */
	countable: boolean;
	drill: StatMeasure;
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const p90 = (seconds: number | null): string | null =>
	seconds === null ? null : m.analytics_p90({ value: durationText(seconds) });

export const measures: Readonly<Record<MeasureName, Measure>> = {
	volume: {
		name: 'volume',
		title: m.analytics_volume,
		hint: m.analytics_volume_hint,
		value: (cell) => cell.conversations_started,
		also: (cell) => m.analytics_closed({ count: cell.conversations_closed }),
		text: numberText,
		better: null,
		change: 'relative',
		countable: true,
		drill: 'started'
	},
	first_response: {
		name: 'first_response',
		title: m.analytics_first_response,
		hint: m.analytics_first_response_hint,
		value: (cell) => cell.first_response_median,
		also: (cell) => p90(cell.first_response_p90),
		text: durationText,
		better: 'less',
		change: 'relative',
		countable: false,
		drill: 'answered'
	},
	resolution: {
		name: 'resolution',
		title: m.analytics_resolution,
		hint: m.analytics_resolution_hint,
		value: (cell) => cell.resolution_median,
		also: (cell) => p90(cell.resolution_p90),
		text: durationText,
		better: 'less',
		change: 'relative',
		countable: false,
		drill: 'closed'
	},
	missed: {
		name: 'missed',
		title: m.analytics_missed,
		hint: m.analytics_missed_hint,
		value: (cell) => cell.missed,
		also: (cell) => {
			const part = share(cell.missed, cell.conversations_started);
			return part === null ? null : m.analytics_of_all({ share: shareText(part) });
		},
		text: numberText,
		better: 'less',
		change: 'relative',
		countable: true,
		drill: 'missed'
	},
	csat: {
		name: 'csat',
		title: m.analytics_csat,
		hint: m.analytics_csat_hint,
		value: (cell) => share(cell.rating_good, cell.rating_count),
		also: (cell) =>
			cell.rating_count === 0
				? null
				: m.analytics_rating_average({
						average: numberText(cell.rating_sum / cell.rating_count),
						count: cell.rating_count
					}),
		text: shareText,
		better: 'more',
		change: 'points',
		countable: false,
		drill: 'rated'
	},
	auto_reply: {
		name: 'auto_reply',
		title: m.analytics_auto_reply,
		hint: m.analytics_auto_reply_hint,
		value: (cell) => share(cell.auto_replied, cell.conversations_started),
		also: (cell) => m.analytics_conversations({ count: cell.auto_replied }),
		text: shareText,
		better: null,
		change: 'points',
		countable: false,
		drill: 'auto_replied'
	}
};

export interface Change {
	text: string;
	direction: 'up' | 'down' | 'same';
	/** Null when neither is good. */
	good: boolean | null;
}

/** How a number changed since the period before; null when there is nothing to compare with. */
export function changeOf(
	measure: Measure,
	current: StatCell | undefined,
	before: StatCell | undefined
): Change | null {
	const [now, then] = [current, before].map((cell) => (cell ? measure.value(cell) : null));
	if (now === null || now === undefined || then === null || then === undefined) return null;
	if (measure.change === 'relative' && then === 0) return null;
	const amount = measure.change === 'points' ? (now - then) * 100 : (now / then - 1) * 100;
	const rounded = Math.round(amount);
	if (rounded === 0) return { text: m.analytics_same(), direction: 'same', good: null };
	const count = Math.abs(rounded);
	const up = rounded > 0;
	return {
		text: measure.change === 'points' ? m.analytics_points({ count }) : `${numberText(count)} %`,
		direction: up ? 'up' : 'down',
		good: measure.better === null ? null : up === (measure.better === 'more')
	};
}
