import { AppError, type ErrorCode } from '@chatiq/contracts/errors';
import { incomingBucket, maxFileBytes, maxFilesPerMessage } from '@chatiq/contracts/upload';
import type { Tables } from '@chatiq/contracts/database';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import { inspectUpload } from '../_shared/inspection/upload.ts';
import { Unfetched, type MailFile } from './mail-file.ts';

const reasons = [
	'file_type_refused',
	'file_too_large',
	'file_damaged',
	'file_infected',
	'quota_exceeded'
] as const satisfies ErrorCode[];
export type FileRefusal = (typeof reasons)[number] | 'too_many' | 'unfetched';

export interface TakenFiles {
	/** May go with a message; a scanner may still be looking at some. */
	ids: string[];
	refused: { name: string; reason: FileRefusal }[];
}

interface MailPlace {
	token: string;
	message_id: string;
}

/**
 * Puts the files of a mail where those of the apps go, through the same checks. The same mail again finds what it left:
 * ids follow from the mail and the place of the file in it.
 */
export async function takeFiles(
	files: readonly MailFile[],
	mail: MailPlace,
	client: ServiceClient
): Promise<TakenFiles> {
	const places = files.slice(0, maxFilesPerMessage);
	const stored: Outcome[] = [];
	// One after the other, so that only one is held in memory beside the mail.
	for (const [index, file] of places.entries()) {
		stored.push(await settled(() => put(file, { ...mail, place: index + 1 }, client)));
	}
	const looked = await Promise.all(
		stored.map(async (outcome) =>
			'id' in outcome ? settled(() => look(outcome.id, client)) : outcome
		)
	);
	const all: TakenFiles = { ids: [], refused: [] };
	for (const [index, { name }] of files.entries()) {
		const outcome = looked[index] ?? { reason: 'too_many' };
		if ('id' in outcome) all.ids.push(outcome.id);
		else all.refused.push({ name: shownName(name), reason: outcome.reason });
	}
	return all;
}

/** Of one file: its id, or why it is not passed on. */
type Outcome = { id: string } | { reason: FileRefusal };

/** Registers a file and stores its bytes; answers its id. */
async function put(
	file: MailFile,
	place: MailPlace & { place: number },
	client: ServiceClient
): Promise<string> {
	const bytes = await file.read();
	if (bytes.byteLength === 0) throw new AppError('file_damaged');
	if (bytes.byteLength > maxFileBytes) throw new AppError('file_too_large');
	const { data, error } = await client.rpc('prepare_reply_file', {
		...place,
		name: shownName(file.name),
		content_type: claimedType(file.type),
		size_bytes: bytes.byteLength
	});
	if (error) throw refusal(error);
	if (data.status === 'pending') await store(data, bytes, client);
	return data.id;
}

/** The same as for files of the apps; what a scanner has not passed yet counts as taken. */
async function look(attachment_id: string, client: ServiceClient): Promise<string> {
	await inspectUpload({ attachment_id }, client, client);
	return attachment_id;
}

/** What is final becomes an answer; anything else has the whole mail come again. */
async function settled(step: () => Promise<string>): Promise<Outcome> {
	try {
		return { id: await step() };
	} catch (error) {
		if (error instanceof Unfetched) return { reason: 'unfetched' };
		const reason = reasons.find((code) => error instanceof AppError && error.code === code);
		if (reason === undefined) throw error;
		return { reason };
	}
}

async function store(
	{ path }: Tables<'attachments'>,
	bytes: Uint8Array<ArrayBuffer>,
	client: ServiceClient
): Promise<void> {
	const { error } = await client.storage.from(incomingBucket).upload(path, new Blob([bytes]), {
		contentType: 'application/octet-stream',
		// An earlier try may have ended in the middle.
		upsert: true
	});
	if (error)
		throw new AppError('internal', 'A file of a mail could not be stored.', { cause: error });
}

/** Without what hides or turns letters; the database cleans it further. */
function shownName(name: string): string {
	const visible = name.replace(/[\p{Cc}\p{Cf}]/gu, '').trim();
	return Array.from(visible).slice(0, 120).join('') || 'file';
}

/** What the sender says it is counts for nothing, but must look like a type. */
function claimedType(type: string): string {
	const [mime = ''] = type.toLowerCase().split(';');
	return /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/.test(mime.trim())
		? mime.trim().slice(0, 120)
		: 'application/octet-stream';
}
