import type { Enums, Json, Tables } from '@chatiq/contracts/database';
import type { Localized } from '@chatiq/contracts/forms';

export type Trigger = Enums<'auto_reply_trigger'>;
export type RuleRow = Pick<
	Tables<'auto_reply_rules'>,
	'name' | 'trigger' | 'conditions' | 'texts' | 'actions' | 'frequency' | 'stops' | 'enabled'
>;

/** A rule as its screen shows it: every field is there, an empty one asks for nothing. */
export interface RuleForm {
	name: string;
	trigger: Trigger;
	frequency: Enums<'auto_reply_frequency'>;
	stops: boolean;
	enabled: boolean;
	texts: Localized;
	/** One per line. */
	keywords: string;
	page_contains: string;
	referrer_contains: string;
	languages: ('en' | 'uk')[];
	schedule: '' | 'open' | 'closed';
	verified: '' | 'yes' | 'no';
	after_minutes: string;
	seconds_on_page: string;
	scroll_percent: string;
	min_visits: string;
	score_at_most: string;
	exit_intent: boolean;
	/** Put on the conversation. */
	label_ids: string[];
	assign_id: string;
	notify_ids: string[];
	/** One per line. */
	quick_replies: string;
	close: boolean;
	/** Conditions that have no field here: kept as they are. */
	others: Record<string, Json>;
}

const listed = ['keywords', 'page_contains', 'referrer_contains'] as const;
const counted = [
	...(['after_minutes', 'seconds_on_page', 'scroll_percent', 'min_visits'] as const),
	'score_at_most'
] as const;

export type Condition =
	| (typeof listed)[number]
	| (typeof counted)[number]
	| 'languages'
	| 'schedule'
	| 'verified'
	| 'exit_intent';

const onMessages: readonly Condition[] = [
	...(['keywords', 'languages', 'page_contains', 'referrer_contains'] as const),
	...(['schedule', 'verified'] as const)
];

/** What may be asked of an event, by what the rule waits for. */
export const conditionsOf: Record<Trigger, readonly Condition[]> = {
	first_message: onMessages,
	returning_visitor: onMessages,
	outside_hours: onMessages.filter((condition) => condition !== 'schedule'),
	nobody_online: onMessages,
	keyword: onMessages,
	no_reply: ['after_minutes', 'languages', 'page_contains', 'schedule', 'verified'],
	rating_given: ['score_at_most', 'languages', 'verified'],
	proactive: [
		...(['seconds_on_page', 'scroll_percent', 'min_visits', 'exit_intent'] as const),
		...(['page_contains', 'referrer_contains', 'languages', 'schedule'] as const)
	]
};

export function newRule(trigger: Trigger, name: string): RuleForm {
	return {
		...{ name, trigger, frequency: 'conversation', stops: true, enabled: true },
		...{ texts: { en: '', uk: '' }, keywords: '', page_contains: '', referrer_contains: '' },
		...{ languages: [], schedule: '', verified: '', scroll_percent: '', score_at_most: '' },
		after_minutes: trigger === 'no_reply' ? '5' : '',
		seconds_on_page: trigger === 'proactive' ? '20' : '',
		...{ min_visits: '', exit_intent: false, label_ids: [], assign_id: '', notify_ids: [] },
		...{ quick_replies: '', close: false, others: {} }
	};
}

type Fields = Record<string, Json | undefined>;

export function formOf(row: RuleRow): RuleForm {
	const form = newRule(row.trigger, row.name);
	const conditions = { ...(row.conditions as Fields) };
	const actions = row.actions as Fields;
	const take = (name: string) => {
		const value = conditions[name];
		// eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy of a document, not an object
		delete conditions[name];
		return value;
	};
	for (const name of listed) form[name] = lines(take(name));
	for (const name of counted) form[name] = `${(take(name) as number | undefined) ?? ''}`;
	const verified = take('verified');
	return {
		...form,
		...{ frequency: row.frequency, stops: row.stops, enabled: row.enabled },
		texts: { ...form.texts, ...(row.texts as Partial<Localized>) },
		languages: (take('languages') ?? []) as RuleForm['languages'],
		schedule: (take('schedule') ?? '') as RuleForm['schedule'],
		verified: verified === undefined ? '' : verified ? 'yes' : 'no',
		exit_intent: take('exit_intent') === true,
		label_ids: (actions['label_ids'] ?? []) as string[],
		assign_id: (actions['assign_id'] ?? '') as string,
		notify_ids: (actions['notify_ids'] ?? []) as string[],
		quick_replies: lines(actions['quick_replies']),
		close: actions['close'] === true,
		others: conditions as Record<string, Json>
	};
}

export function rowOf(form: RuleForm): RuleRow {
	const { name, trigger, frequency, stops, enabled, texts } = form;
	const asked = new Set(conditionsOf[trigger]);
	return {
		...{ name: name.trim(), trigger, frequency, stops, enabled },
		conditions: {
			...form.others,
			...Object.fromEntries(
				Object.entries(conditionValues(form)).filter(([key]) => asked.has(key as Condition))
			)
		},
		texts: Object.fromEntries(
			Object.entries({ ...texts })
				.map(([language, text]) => [language, text.trim()])
				.filter(([, text]) => text !== '')
		) as NonNullable<Json>,
		actions: trigger === 'proactive' ? {} : actionValues(form)
	};
}

function conditionValues(form: RuleForm): Partial<Record<Condition, Json>> {
	const { languages, schedule, verified, exit_intent } = form;
	const values: Partial<Record<Condition, Json>> = {};
	for (const name of listed) if (items(form[name]).length > 0) values[name] = items(form[name]);
	for (const name of counted) if (form[name].trim() !== '') values[name] = Number(form[name]);
	if (languages.length > 0) values.languages = languages;
	if (schedule !== '') values.schedule = schedule;
	if (verified !== '') values.verified = verified === 'yes';
	if (exit_intent) values.exit_intent = true;
	return values;
}

function actionValues(form: RuleForm): Record<string, Json> {
	const { label_ids, assign_id, notify_ids, quick_replies, close } = form;
	return {
		...(label_ids.length > 0 ? { label_ids } : {}),
		...(assign_id !== '' ? { assign_id } : {}),
		...(notify_ids.length > 0 ? { notify_ids } : {}),
		...(items(quick_replies).length > 0 ? { quick_replies: items(quick_replies) } : {}),
		...(close ? { close } : {})
	};
}

const lines = (value: Json | undefined): string =>
	Array.isArray(value) ? value.filter((line) => typeof line === 'string').join('\n') : '';

/** The lines that say something, each once. */
export const items = (text: string): string[] => [
	...new Set(
		text
			.split('\n')
			.map((line) => line.trim())
			.filter((line) => line !== '')
	)
];
