import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { spareMessage } from '../spares.ts';
import { bodyOf } from '../thread.ts';
import type { World } from '../world.ts';

const refusals = {
	403: 'forbidden',
	'403b': 'visitor_blocked',
	404: 'message_not_found'
};

/** Which thread a line is about, and which of its messages: 0 the visitor's, 1 the reply, 2 the note. */
const spoken: Record<string, readonly [thread: string, message: 0 | 1 | 2]> = {
	reply: ['ver', 1],
	note: ['ver', 2],
	foreign_note: ['foreign', 2]
};

const messageAt = (place: string) => spoken[place] ?? ([place, 0] as const);

function messageId({ thread }: World, place: string): string {
	const [of, message] = messageAt(place);
	return thread(of).messages[message];
}

/** Edits, redactions and reactions. */
export const messageChanges: Record<string, FunctionCells> = {
	// What it says already: who may change it shows, nothing changes.
	edit_message: {
		call: (world, place) => {
			const [of, message] = messageAt(place);
			const thread = world.thread(of);
			return { message_id: thread.messages[message], body: bodyOf(thread, message) };
		},
		refusals,
		cells: grid`
			              own adm opr una ver unv oth blk  pas str rem svc
			ver           403 403 403 404 ok  404 404 403b 404 404 404 404
			reply         403 403 ok  404 403 404 404 403b 404 404 404 404
			note          403 403 ok  404 404 404 404 403b 404 404 404 404
			blk           403 403 403 404 404 404 404 403b 404 404 404 404
			second        403 403 404 404 404 404 404 403b 404 404 404 404
			foreign       404 404 404 404 404 404 404 403b 404 403 404 404
			foreign_note  404 404 404 404 404 404 404 403b 404 ok  404 404
			guessed       404 404 404 404 404 404 404 403b 404 404 404 404`
	},
	redact_message: {
		call: async (world, place) => {
			const [of, message] = messageAt(place);
			const message_id = await spareMessage(
				world,
				of,
				message === 0 ? 'visitor' : 'operator',
				message === 2 ? 'team' : 'public'
			);
			return { message_id };
		},
		refusals,
		cells: grid`
			              own adm opr una ver unv oth blk  pas str rem svc
			ver           ok  ok  403 404 ok  404 404 403b 404 404 404 404
			reply         ok  ok  ok  404 403 404 404 403b 404 404 404 404
			note          ok  ok  ok  404 404 404 404 403b 404 404 404 404
			blk           ok  ok  403 404 404 404 404 403b 404 404 404 404
			second        ok  ok  404 404 404 404 404 403b 404 404 404 404
			foreign       404 404 404 404 404 404 404 403b 404 ok  404 404
			foreign_note  404 404 404 404 404 404 404 403b 404 ok  404 404
			guessed       404 404 404 404 404 404 404 403b 404 404 404 404`
	},
	// Taking a reaction back that nobody gave.
	react_to_message: {
		call: (world, place) => ({
			message_id: messageId(world, place),
			emoji: '🎉',
			on_message: false
		}),
		refusals,
		cells: grid`
			              own adm opr una ver unv oth blk  pas str rem svc
			ver           ok  ok  ok  404 ok  404 404 403b 404 404 404 404
			reply         ok  ok  ok  404 ok  404 404 403b 404 404 404 404
			note          ok  ok  ok  404 404 404 404 403b 404 404 404 404
			blk           ok  ok  ok  404 404 404 404 403b 404 404 404 404
			second        ok  ok  404 404 404 404 404 403b 404 404 404 404
			foreign       404 404 404 404 404 404 404 403b 404 ok  404 404
			foreign_note  404 404 404 404 404 404 404 403b 404 ok  404 404
			guessed       404 404 404 404 404 404 404 403b 404 404 404 404`
	},
	// Every message of the threads has a reaction.
	message_changes_after: {
		call: ({ thread }, place) => ({
			conversation_id: thread(place).id,
			after_change_seq: 0
		}),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  -   ok  -   -   -   -   -   -   ok
			unv       ok  ok  ok  -   -   ok  -   -   -   -   -   ok
			blk       ok  ok  ok  -   -   -   -   -   -   -   -   ok
			second    ok  ok  -   -   -   -   -   -   -   -   -   ok
			foreign   -   -   -   -   -   -   -   -   -   ok  -   ok
			guessed   -   -   -   -   -   -   -   -   -   -   -   -`
	}
};
