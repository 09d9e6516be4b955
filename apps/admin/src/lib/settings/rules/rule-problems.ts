import { m } from '@chatiq/i18n/console';
import type { Problems } from '../draft.svelte.ts';
import { unknownVariable } from '../variables.ts';
import { conditionsOf, items, rowOf, type RuleForm } from './rule-form.ts';

const limits = {
	after_minutes: [1, 10_080],
	seconds_on_page: [0, 86_400],
	scroll_percent: [1, 100],
	min_visits: [1, 1000],
	score_at_most: [1, 5]
} as const;

export function ruleProblems(form: RuleForm): Problems {
	const { name, trigger, texts, keywords, quick_replies } = form;
	const problems: Record<string, string> = {};
	if (name.trim() === '') problems['name'] = m.set_rule_unnamed();
	for (const [field, [least, most]] of Object.entries(limits)) {
		const text = form[field as keyof typeof limits].trim();
		const good = /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
		if (text !== '' && !good) problems[field] = m.set_number({ least, most });
	}
	if (trigger === 'no_reply' && form.after_minutes.trim() === '')
		problems['after_minutes'] = m.set_number({ least: 1, most: 10_080 });
	if (trigger === 'keyword' && items(keywords).length === 0)
		problems['keywords'] = m.set_keywords_missing();
	const unknown = unknownVariable(texts.en) ?? unknownVariable(texts.uk);
	if (unknown !== undefined) problems['texts'] = m.set_variable_unknown({ name: `{{${unknown}}}` });
	else if (doesNothing(form)) problems['texts'] = m.set_rule_does_nothing();
	if (items(quick_replies).length > 10 || items(quick_replies).some((text) => text.length > 80))
		problems['quick_replies'] = m.set_quick_replies_long();
	return problems;
}

function doesNothing(form: RuleForm): boolean {
	const { texts, actions } = rowOf(form);
	return [texts, actions].every((document) => Object.keys(document as object).length === 0);
}

/** Whether a screen shows this condition. */
export const asks = (form: RuleForm, condition: string): boolean =>
	conditionsOf[form.trigger].some((known) => known === condition);
