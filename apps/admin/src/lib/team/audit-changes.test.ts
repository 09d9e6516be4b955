import type { Json } from '@chatiq/contracts/database';
import { expect, it } from 'vitest';
import { changesOf } from './audit-changes.ts';

const [ann, site, gone] = [1, 2, 3].map((n) => `0000000${n}-0000-4000-8000-000000000000`);
const names = new Map([
	[ann ?? '', 'Ann'],
	[site ?? '', 'Shop']
]);
const said = (entity: string, before: Json, after: Json) =>
	changesOf({ entity, name: 'Named', before, after }, names).map(
		({ label, before: old, after: now }) => `${label}: ${old ?? '-'} > ${now ?? '-'}`
	);

it('is silent about what the entry says itself, and about what stayed', () => {
	const before = { id: '1', user_id: ann ?? '', role: 'operator', capacity: null, same: [1] };
	const after = { id: '2', user_id: ann ?? '', role: 'admin', capacity: 5, same: [1] };
	expect(said('memberships', before, after)).toEqual(['Role: Operator > Admin', 'Capacity: - > 5']);
});

it('names people and sites, and says when nobody knows the name', () => {
	expect(
		said('invitations', null, { role: 'operator', site_ids: [site ?? '', gone ?? ''] })
	).toEqual(['Role: - > Operator', 'Sites: - > Shop, something that is gone']);
	expect(
		said('auto_reply_rules', { actions: {} }, { actions: { notify_ids: [ann ?? ''] } })
	).toEqual(['And does, Notify: - > Ann']);
});

it('writes days, moments, times and weekdays as people do', () => {
	expect(
		said('business_hours', { opens: '09:00:00', weekday: 1 }, { opens: '10:30:00', weekday: 7 })
	).toEqual(['Day of the week: Monday > Sunday', 'Opens: 09:00 > 10:30']);
	expect(said('business_hours_exceptions', null, { name: 'Named', day: '2026-12-25' })).toEqual([
		'Date: - > Fri, Dec 25, 2026'
	]);
	const [ended] = said(
		'sites',
		{ archived_at: null },
		{ archived_at: '2026-11-22T07:00:00+00:00' }
	);
	expect(ended).toMatch(/^In the archive since: - > .*2026/);
});

it('descends to what was typed, in the words of the settings', () => {
	const lines = (title: string) => ({
		en: { title, welcome: '' },
		uk: { title: 'Привіт', welcome: '' }
	});
	expect(said('widget_settings', { texts: lines('Hi') }, { texts: lines('Hello') })).toEqual([
		'Texts, English, Title: Hi > Hello'
	]);
	expect(
		said(
			'widget_settings',
			{ theme: 'auto', offline_form: { enabled: false, email: 'optional' } },
			{ theme: 'dark', offline_form: { enabled: true, email: 'required' } }
		)
	).toEqual([
		'Theme: As the visitor has it > Dark',
		'While nobody is there, On: No > Yes',
		'While nobody is there, E-mail address: If they like > Must be left'
	]);
	const field = {
		key: 'k',
		kind: 'text',
		required: true,
		label: { en: 'Size?', uk: '' },
		options: []
	};
	expect(
		said('widget_settings', { pre_chat: { fields: [] } }, { pre_chat: { fields: [field] } })
	).toEqual([
		'Before the chat, Questions: - > Kind: Text; Must be answered: Yes; Question: English: Size?'
	]);
	expect(
		said(
			'auto_reply_rules',
			{ trigger: 'keyword', stops: true },
			{ trigger: 'no_reply', stops: false }
		)
	).toEqual([
		'The rule waits for: A message with certain words > Nobody has answered for a while',
		'Later rules are not tried: Yes > No'
	]);
	expect(said('webhooks', { events: ['message.created'] }, { events: [] })).toEqual([
		'Events: Message sent > -'
	]);
});
