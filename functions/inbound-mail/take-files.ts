import { AppError, type ErrorCode } from '@chatiq/contracts/errors';
import { incomingBucket, maxFileBytes, maxFilesPerMessage } from '@chatiq/contracts/upload';
import type { Tables } from '@chatiq/contracts/database';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import { inspectUpload } from '../upload/upload.ts';
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
	const taken = await Promise.all(
		files
			.slice(0, maxFilesPerMessage)
			.map((file, index) => take(file, { ...mail, place: index + 1 }, client))
	);
	const all: TakenFiles = { ids: [], refused: [] };
	for (const [index, { name }] of files.entries()) {
		const result = taken[index] ?? 'too_many';
		if (typeof result !== 'string') all.ids.push(result.id);
		else all.refused.push({ name: shownName(name), reason: result });
	}
	return all;
}

async function take(
	file: MailFile,
	place: MailPlace & { place: number },
	client: ServiceClient
): Promise<{ id: string } | FileRefusal> {
	try {
		const bytes = await file.read();
		if (bytes.byteLength === 0) return 'file_damaged';
		if (bytes.byteLength > maxFileBytes) return 'file_too_large';
		const { data, error } = await client.rpc('prepare_reply_file', {
			...place,
			name: shownName(file.name),
			content_type: claimedType(file.type),
			size_bytes: bytes.byteLength
		});
		if (error) throw refusal(error);
		if (data.status === 'pending') await store(data, bytes, client);
		await inspectUpload({ attachment_id: data.id }, client, client);
		return { id: data.id };
	} catch (error) {
		if (error instanceof Unfetched) return 'unfetched';
		const reason = reasons.find((code) => error instanceof AppError && error.code === code);
		if (reason === undefined) throw error;
		return reason;
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
