import { expect, it } from 'vitest';
import type { ConversationEvent } from '@chatiq/contracts/conversation';
import { EventLog } from './event-log.svelte.ts';

const event = (id: number) => ({ id }) as ConversationEvent;

it('keeps each event once and in order, however they come', async () => {
	const log = new EventLog(() => Promise.resolve([event(1), event(2), event(3)]));
	log.receive(event(3));
	log.receive(event(2));
	await log.catchUp();
	log.receive(event(3));
	expect(log.list.map(({ id }) => id)).toEqual([1, 2, 3]);
});
