import { uuidv7 } from '@chatiq/contracts/ids';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import type { Person, Visitor } from '../../support/tenant.ts';

/** A conversation of three messages: the visitor's, a public reply, a private note; each with a reaction. */
export interface Thread {
	id: string;
	organization: string;
	site: string;
	visitor: string;
	/** By seq: 1 the visitor's, 2 the reply, 3 the note. */
	messages: [string, string, string];
	/** One that the visitor has not sent yet, one that came with the reply, one that hangs on the note. */
	files: Record<'unsent' | 'sent' | 'note', string>;
	operator: string;
}

/** Whose thread: of the four visitors who act, of one on A's second site, of one of B. */
export type Place = 'ver' | 'unv' | 'oth' | 'blk' | 'second' | 'foreign';

export const emoji = '👍';

export async function converse(
	sql: postgres.Sql,
	visitor: Visitor,
	operator: Person
): Promise<Thread> {
	const { visitor_id, site_id, organization_id } = visitor.session;
	const thread: Thread = {
		...guessedThread(),
		organization: organization_id,
		site: site_id,
		visitor: visitor_id,
		operator: operator.id
	};
	const { id: conversation_id, messages } = thread;
	await visitor.client
		.rpc('start_conversation', {
			conversation_id,
			message_id: messages[0],
			body: bodyOf(thread, 0)
		})
		.throwOnError();
	for (const [place, visibility] of [
		[1, 'public'],
		[2, 'team']
	] as const) {
		await operator.client
			.rpc('send_operator_message', {
				conversation_id,
				message_id: messages[place],
				body: bodyOf(thread, place),
				seen_seq: place,
				visibility
			})
			.throwOnError();
	}
	await operator.client.rpc('mark_read', { conversation_id, seq: 3 }).throwOnError();
	for (const message_id of messages) {
		await operator.client.rpc('react_to_message', { message_id, emoji }).throwOnError();
	}
	await storeFiles(sql, thread);
	return thread;
}

/** What the message says; sent again in an edit, it changes nothing. */
export function bodyOf({ visitor, messages }: Thread, place: 0 | 1 | 2): string {
	return [`Hello from ${visitor}`, `public answer ${messages[1]}`, `team answer ${messages[2]}`][
		place
	] as string;
}

async function storeFiles(sql: postgres.Sql, thread: Thread): Promise<void> {
	const { files, messages, visitor, operator } = thread;
	for (const [id, message, kind, uploader] of [
		[files.unsent, null, 'visitor', visitor],
		[files.sent, messages[1], 'operator', operator],
		[files.note, messages[2], 'operator', operator]
	] as const) {
		await sql`
			insert into public.attachments (
				id, organization_id, site_id, conversation_id, message_id, uploader_kind, uploader_id,
				name, content_type, size_bytes, status
			)
			values (
				${id}, ${thread.organization}, ${thread.site}, ${thread.id}, ${message}, ${kind}, ${uploader},
				'file.json', 'application/json', 20, 'ready'
			)`;
	}
}

/** Where the bytes of a file of the thread are in the bucket. */
export function filePath(thread: Thread, file: keyof Thread['files']): string {
	return [thread.organization, thread.site, thread.id, thread.files[file]].join('/');
}

/** Ids that exist nowhere. */
export function guessedThread(): Thread {
	return {
		id: uuidv7(),
		organization: uuidv7(),
		site: uuidv7(),
		visitor: uuidv7(),
		messages: [uuidv7(), uuidv7(), uuidv7()],
		files: { unsent: randomUUID(), sent: randomUUID(), note: randomUUID() },
		operator: uuidv7()
	};
}
