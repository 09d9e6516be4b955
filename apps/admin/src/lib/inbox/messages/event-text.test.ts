import { expect, it } from 'vitest';
import type { ConversationEvent } from '@chatiq/contracts/conversation';
import { eventText } from './event-text.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const membership = {
	people: new Map(
		['Ann', 'Bob'].map((name) => [name, { id: name, display_name: name, avatar_url: null }])
	),
	sites: [{ id: 'outlet', name: 'Outlet', organization_id: 'o' }]
};
const told = (event: Partial<ConversationEvent>) =>
	eventText(
		{ actor_id: null, subject_id: null, detail: null, ...event } as ConversationEvent,
		membership,
		now
	);

it.each<[Partial<ConversationEvent>, string]>([
	[{ kind: 'assigned', actor_id: 'Ann', subject_id: 'Bob' }, 'Ann assigned it to Bob'],
	[{ kind: 'assigned', actor_id: 'Ann', subject_id: 'Ann' }, 'Ann took it'],
	[{ kind: 'auto_assigned', subject_id: 'Bob' }, 'Assigned automatically to Bob'],
	[{ kind: 'unassigned', actor_id: 'Ann', subject_id: 'Ann' }, 'Ann left it to others'],
	[{ kind: 'unassigned', subject_id: 'Bob' }, 'Bob doesn’t answer here any more'],
	[{ kind: 'closed', actor_id: 'Ann', detail: 'spam' }, 'Ann closed it: Spam'],
	[{ kind: 'closed' }, 'Closed automatically'],
	[{ kind: 'reopened', detail: 'visitor' }, 'Reopened by the visitor’s message'],
	[{ kind: 'woken' }, 'Back from its snooze'],
	[
		{ kind: 'priority', actor_id: 'gone', detail: 'high' },
		'A former colleague set the priority: High'
	],
	[
		{ kind: 'transferred', actor_id: 'Ann', subject_id: 'outlet' },
		'Ann gave it to the team of Outlet'
	]
])('%j', (event, text) => {
	expect(told(event)).toBe(text);
});
