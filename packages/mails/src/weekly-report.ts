import type { WeeklyReportMail, WeekNumbers } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { letter, type Letter, type LetterOptions } from './layout.ts';
import { markup, type Markup } from './markup.ts';
import { textsOf, type Texts } from './texts.ts';

type Weekly = Texts['weekly'];
type Language = WeeklyReportMail['language'];

interface Row {
	label: string;
	now: string;
	before: string;
	change: string;
}

export function weeklyReportMail(
	facts: WeeklyReportMail,
	{ unsubscribePage }: LetterOptions = {}
): Letter {
	const { weekly } = textsOf(facts.language);
	const { organization_name: organization, from_day, to_day, console_url } = facts;
	const named = {
		organization,
		from: dayOf(from_day, facts.language),
		to: dayOf(to_day, facts.language)
	};
	return letter({
		language: facts.language,
		fromName: organization,
		subject: filled(weekly.subject, named),
		intro: filled(weekly.intro, named),
		body: table(rowsOf(facts, weekly), weekly),
		button: console_url
			? { label: weekly.button, url: `${console_url}/analytics?from=${from_day}&to=${to_day}` }
			: undefined,
		reason: filled(weekly.reason, { organization }),
		unsubscribe: unsubscribePage ? { label: weekly.unsubscribe, url: unsubscribePage } : undefined
	});
}

function rowsOf({ week, before, language }: WeeklyReportMail, texts: Weekly): Row[] {
	const numbers = new Intl.NumberFormat(language);
	const count = (value: number) => numbers.format(value);
	const row = (
		label: string,
		valueOf: (numbers: WeekNumbers) => number | null,
		show: (value: number, numbers: WeekNumbers) => string,
		points = false
	): Row => {
		const [now, then] = [valueOf(week), valueOf(before)];
		return {
			label,
			now: now === null ? texts.none : show(now, week),
			before: then === null ? texts.none : show(then, before),
			change: changeOf(now, then, { texts, language, points })
		};
	};
	return [
		row(texts.conversations, (numbers) => numbers.conversations, count),
		row(
			texts.response,
			(numbers) => numbers.first_response_seconds,
			(seconds) => durationOf(seconds, language)
		),
		row(texts.missed, (numbers) => numbers.missed, count),
		row(
			texts.satisfaction,
			({ ratings, good_ratings }) => (ratings > 0 ? good_ratings / ratings : null),
			(share, { ratings }) =>
				filled(texts.ratings, { percent: percent(share, language), count: count(ratings) }),
			true
		)
	];
}

const percent = (share: number, language: Language, sign = false) =>
	new Intl.NumberFormat(language, {
		style: 'percent',
		maximumFractionDigits: 0,
		...(sign ? { signDisplay: 'exceptZero' as const } : {})
	}).format(share);

/** A hyphen is too short beside a plus. */
const withMinus = (text: string): string => text.replace('-', '−');

/** In parts of what was; shares in points of their own. Nothing when there is nothing to compare with. */
function changeOf(
	now: number | null,
	then: number | null,
	{ texts, language, points }: { texts: Weekly; language: Language; points: boolean }
): string {
	if (now === null || then === null || (then === 0 && !points))
		return now === then ? texts.same : '';
	const change = points ? now - then : (now - then) / then;
	if (Math.abs(change) < 0.005) return texts.same;
	if (!points) return withMinus(percent(change, language, true));
	const signed = new Intl.NumberFormat(language, { signDisplay: 'exceptZero' });
	return filled(texts.points, { points: withMinus(signed.format(Math.round(change * 100))) });
}

/** `45 sec`, `1 min 11 sec`, `14 min`, `2 hr 5 min`: as exact as somebody cares. */
export function durationOf(seconds: number, language: Language): string {
	const unit = (value: number, name: 'second' | 'minute' | 'hour') =>
		new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(
			value
		);
	if (seconds < 59.5) return unit(Math.max(1, Math.round(seconds)), 'second');
	const [whole, large, small] =
		seconds < exactSeconds
			? ([Math.round(seconds), 'minute', 'second'] as const)
			: ([Math.round(seconds / 60), 'hour', 'minute'] as const);
	const [many, left] = [Math.floor(whole / 60), whole % 60];
	return [...(many > 0 ? [unit(many, large)] : []), ...(left > 0 ? [unit(left, small)] : [])].join(
		' '
	);
}

/** Below this a second more or less is a difference. */
const exactSeconds = 600;

function dayOf(day: string, language: Language): string {
	const options = { day: 'numeric', month: 'long', timeZone: 'UTC' } as const;
	return new Intl.DateTimeFormat(language, options).format(new Date(`${day}T00:00:00Z`));
}

function table(rows: Row[], texts: Weekly): { text: string; html: Markup } {
	const head = 'padding:6px 4px;font-size:13px;font-weight:400;opacity:.75;text-align:end';
	const cell = 'padding:8px 4px;border-top:1px solid #8a8f9c66;text-align:end';
	return {
		text: rows
			.map((row) => filled(texts.line, { ...row, change: row.change ? `, ${row.change}` : '' }))
			.join('\n'),
		html: markup`<table style="width:100%;border-collapse:collapse;font-size:15px">
<tr><th></th><th style="${head}">${texts.now}</th><th style="${head}">${texts.before}</th><th style="${head}">${texts.change}</th></tr>
${rows.map(
	({ label, now, before, change }) =>
		markup`<tr><th style="padding:8px 4px 8px 0;border-top:1px solid #8a8f9c66;text-align:start;font-weight:400">${label}</th><td style="${cell}"><strong>${now}</strong></td><td style="${cell}">${before}</td><td style="${cell}">${change}</td></tr>
`
)}</table>
`
	};
}
