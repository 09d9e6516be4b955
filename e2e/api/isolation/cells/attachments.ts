import { randomUUID } from 'node:crypto';
import type { BucketCells, FunctionCells, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt } from '../spares.ts';
import { filePath, type Thread } from '../thread.ts';
import type { World } from '../world.ts';

/** Which thread a line is about, and which of its files. */
const files: Record<string, readonly [thread: string, file: keyof Thread['files']]> = {
	sent: ['ver', 'sent'],
	note: ['ver', 'note'],
	foreign_note: ['foreign', 'note']
};

const fileAt = (place: string) => files[place] ?? ([place, 'unsent'] as const);

/** Operators of the site, and the visitor: what it uploaded and what was sent to it, nothing of notes. */
const readers = grid`
	              own adm opr una ver unv oth blk pas str rem svc
	ver           +   +   +   -   +   -   -   -   -   -   -   +
	sent          +   +   +   -   +   -   -   -   -   -   -   +
	note          +   +   +   -   -   -   -   -   -   -   -   +
	unv           +   +   +   -   -   +   -   -   -   -   -   +
	blk           +   +   +   -   -   -   -   -   -   -   -   +
	second        +   +   -   -   -   -   -   -   -   -   -   +
	foreign       -   -   -   -   -   -   -   -   -   +   -   +
	foreign_note  -   -   -   -   -   -   -   -   -   +   -   +`;

const serviceOnly = grid`
	              own adm opr una ver unv oth blk pas str rem svc
	ver           -   -   -   -   -   -   -   -   -   -   -   +
	sent          -   -   -   -   -   -   -   -   -   -   -   +
	note          -   -   -   -   -   -   -   -   -   -   -   +
	foreign       -   -   -   -   -   -   -   -   -   -   -   +`;

const serviceOnlyByThread = grid`
	              own adm opr una ver unv oth blk pas str rem svc
	ver           -   -   -   -   -   -   -   -   -   -   -   +
	foreign       -   -   -   -   -   -   -   -   -   -   -   +`;

/** For the function upload. */
const calledByService = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       x   x   x   x   x   x   x   x   x   x   x   ok
	foreign   x   x   x   x   x   x   x   x   x   x   x   ok`;

export const attachmentTables: Record<string, TableCells> = {
	attachments: {
		rows: ({ thread }) =>
			Object.fromEntries(
				Object.keys(readers).map((place) => {
					const [of, file] = fileAt(place);
					return [place, { id: thread(of).files[file] }];
				})
			),
		select: readers,
		visitorColumns:
			'id conversation_id message_id uploader_kind name content_type size_bytes width height path status created_at refusal',
		insert: 'never',
		update: 'never',
		delete: 'never'
	}
};

export const attachmentFunctions: Record<string, FunctionCells> = {
	prepare_upload: {
		call: ({ thread }, place) => ({
			attachment_id: randomUUID(),
			conversation_id: thread(place).id,
			name: 'spare.png',
			content_type: 'image/png',
			size_bytes: 10
		}),
		refusals: {
			401: 'session_required',
			403: 'visitor_blocked',
			404: 'conversation_not_found'
		},
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  404 ok  404 404 403 401 404 404 401
			unv       ok  ok  ok  404 404 ok  404 403 401 404 404 401
			blk       ok  ok  ok  404 404 404 404 403 401 404 404 401
			second    ok  ok  404 404 404 404 404 403 401 404 404 401
			foreign   404 404 404 404 404 404 404 403 401 ok  404 401
			guessed   404 404 404 404 404 404 404 403 401 404 404 401`
	},
	finish_upload: {
		call: async (world, place) => ({
			attachment_id: await pendingFile(world, place),
			content_type: 'image/png',
			size_bytes: 10
		}),
		cells: calledByService
	},
	refuse_upload: {
		call: async (world, place) => ({
			attachment_id: await pendingFile(world, place),
			reason: 'file_damaged'
		}),
		cells: calledByService
	},
	upload_policy: {
		call: async (world, place) => ({ attachment_id: await pendingFile(world, place) }),
		shows: () => 'file_kinds',
		cells: calledByService
	},
	// Whoever uploaded it, before it was sent.
	discard_upload: {
		call: async (world, place) => ({
			attachment_id: place === 'guessed' ? randomUUID() : await pendingFile(world, place)
		}),
		shows: () => 'true',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       -   -   -   -   ok  -   -   -   -   -   -   -
			unv       -   -   -   -   -   ok  -   -   -   -   -   -
			second    -   -   -   -   -   -   -   -   -   -   -   -
			foreign   -   -   -   -   -   -   -   -   -   -   -   -
			guessed   -   -   -   -   -   -   -   -   -   -   -   -`
	},
	get_storage_usage: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		shows: () => 'quota_bytes',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  ok  x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	}
};

async function pendingFile({ sql, thread }: World, place: string): Promise<string> {
	const id = randomUUID();
	const { organization, site, id: conversation, visitor } = thread(place);
	await sql`
		insert into public.attachments (
			id, organization_id, site_id, conversation_id, uploader_kind, uploader_id, name, content_type, size_bytes
		)
		values (
			${id}, ${organization}, ${site}, ${conversation}, 'visitor', ${visitor}, 'spare.png', 'image/png', 10
		)`;
	return id;
}

/** Bytes as they came: put there once by who prepared them (`uploads.test.ts`), seen by nobody. */
export const incomingBucket: BucketCells = {
	public: false,
	path: ({ thread }, place) => filePath(thread(place), 'unsent'),
	type: 'application/json',
	list: serviceOnlyByThread,
	read: serviceOnlyByThread,
	sign: serviceOnlyByThread,
	upload: serviceOnlyByThread,
	overwrite: serviceOnlyByThread,
	remove: serviceOnlyByThread
};

/** The bytes: read by whoever reads the row, written by the service alone. */
export const attachmentBucket: BucketCells = {
	public: false,
	path: ({ thread }, place) => {
		const [of, file] = fileAt(place);
		return filePath(thread(of), file);
	},
	type: 'application/json',
	list: readers,
	read: readers,
	sign: readers,
	upload: serviceOnly,
	overwrite: serviceOnly,
	remove: serviceOnly
};
