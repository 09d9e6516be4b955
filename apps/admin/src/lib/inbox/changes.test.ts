import { expect, it } from 'vitest';
import type { InboxConversation } from '@chatiq/contracts/conversation';
import { inverse, type Change } from './changes.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const later = '2026-11-22T09:00:00+00:00';
const open = {
	...{ status: 'open', snoozed_until: null, close_reason: null, assignee_id: 'ann' },
	...{ priority: 'normal', label_ids: ['vip'], site_id: 'shop', team_site_id: null }
} as unknown as InboxConversation;
const snoozed = { ...open, status: 'snoozed', snoozed_until: later } as const;
const spam = { ...open, status: 'closed', close_reason: 'spam' } as const;

it.each<[Change, InboxConversation, Change]>([
	[{ kind: 'status', status: 'closed' }, open, { kind: 'status', status: 'open' }],
	[{ kind: 'snooze', until: later }, open, { kind: 'status', status: 'open' }],
	[{ kind: 'status', status: 'open' }, spam, { kind: 'status', status: 'closed', reason: 'spam' }],
	[{ kind: 'status', status: 'closed' }, snoozed, { kind: 'snooze', until: later }],
	[{ kind: 'assignee', assignee_id: null }, open, { kind: 'assignee', assignee_id: 'ann' }],
	[{ kind: 'priority', priority: 'urgent' }, open, { kind: 'priority', priority: 'normal' }],
	[
		{ kind: 'label', label_id: 'new', on: true },
		open,
		{ kind: 'label', label_id: 'new', on: false }
	],
	[{ kind: 'follow', on: true }, open, { kind: 'follow', on: false }],
	[
		{ kind: 'transfer', site_id: 'outlet' },
		open,
		{ kind: 'transfer', site_id: 'shop', assignee_id: 'ann' }
	],
	[
		{ kind: 'transfer', site_id: 'shop' },
		{ ...open, team_site_id: 'outlet', assignee_id: null },
		{ kind: 'transfer', site_id: 'outlet' }
	],
	// Somebody had put it on meanwhile: it was on before, so it stays.
	[{ kind: 'label', label_id: 'vip', on: true }, open, { kind: 'label', label_id: 'vip', on: true }]
])('%j is undone', (change, before, undone) => {
	expect(inverse(change, before, now)).toEqual(undone);
});

it('reopens what slept until a time that has passed', () => {
	const change: Change = { kind: 'status', status: 'closed' };
	expect(inverse(change, snoozed, Date.parse(later) + 1)).toEqual({
		kind: 'status',
		status: 'open'
	});
});
