import { expect, it } from 'vitest';
import { formOf, newRule, rowOf, type RuleRow } from './rule-form.ts';
import { ruleProblems } from './rule-problems.ts';

const row: RuleRow = {
	...{ name: 'Prices', trigger: 'keyword', frequency: 'day', stops: false, enabled: true },
	conditions: {
		...{ keywords: ['price', 'cost*'], languages: ['uk'], schedule: 'closed', verified: false },
		channels: ['widget']
	},
	texts: { en: 'Hello, {{visitor_name}}!' },
	actions: { label_ids: ['l1'], assign_id: 'p1', quick_replies: ['Yes', 'No'], close: true }
};

it('shows a rule and writes the same one back, also what has no field', () => {
	expect(rowOf(formOf(row))).toEqual(row);
});

it('writes nothing that is empty, and no condition that its trigger cannot ask', () => {
	const form = { ...formOf(row), trigger: 'proactive' as const, texts: { en: ' Hi ', uk: ' ' } };
	expect(rowOf(form)).toMatchObject({
		conditions: { languages: ['uk'], schedule: 'closed' },
		texts: { en: 'Hi' },
		actions: {}
	});
	expect(rowOf(form).conditions).not.toHaveProperty('keywords');
});

it('says what a rule lacks', () => {
	const silent = newRule('keyword', ' ');
	expect(Object.keys(ruleProblems(silent)).sort()).toEqual(['keywords', 'name', 'texts']);
	const late = { ...newRule('no_reply', 'Late'), after_minutes: '0', texts: { en: 'x', uk: '' } };
	expect(Object.keys(ruleProblems(late))).toEqual(['after_minutes']);
	const odd = { ...newRule('first_message', 'Odd'), texts: { en: '', uk: '{{ visitor }}' } };
	expect(ruleProblems(odd)['texts']).toContain('{{visitor}}');
	expect(ruleProblems(formOf(row))).toEqual({});
});
