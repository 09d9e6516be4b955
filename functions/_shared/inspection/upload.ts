import { AppError, type ErrorCode } from '@chatiq/contracts/errors';
import { attachmentsBucket, incomingBucket, type Upload } from '@chatiq/contracts/upload';
import type { UploadRequest } from '@chatiq/contracts/upload-request';
import type { Enums } from '@chatiq/contracts/database';
import { refusal, type ServiceClient } from '../database.ts';
import { shownInline } from './file-type.ts';
import { type Finding, inspect } from './inspect.ts';
import { rewritten } from './rewrite.ts';
import { scan } from './scan.ts';
import type { Open } from './zip.ts';

interface Policy {
	file_kinds: Enums<'file_kind'>[];
	scanner_url: string | null;
	scanner_token: string | null;
}

const columns =
	'id, conversation_id, name, content_type, size_bytes, width, height, path, status, refusal';
/** Of a file, not of its moment: the same bytes would be refused again. */
const final: readonly ErrorCode[] = [
	'file_too_large',
	'file_type_refused',
	'file_damaged',
	'file_infected'
];

/**
 * Looks at bytes that a client has stored, and passes on what may be sent. `asCaller` reads with the caller's rights:
 * whose file it is, is decided there. A repeated call, or two at once, find what the first one found.
 */
export async function inspectUpload(
	{ attachment_id }: UploadRequest,
	asCaller: ServiceClient,
	service: ServiceClient
): Promise<Upload> {
	const upload = await find(attachment_id, asCaller);
	if (isSettled(upload)) return upload;
	try {
		return await pass(upload, service);
	} catch (error) {
		// The bytes are gone as soon as another call has passed or refused them.
		if (error instanceof AppError && error.code === 'upload_incomplete') {
			const now = await find(attachment_id, service);
			if (isSettled(now)) return now;
		}
		if (!(error instanceof AppError) || !final.includes(error.code)) throw error;
		const { error: failure } = await service.rpc('refuse_upload', {
			attachment_id,
			reason: error.code
		});
		if (failure) throw refusal(failure);
		throw error;
	}
}

function isSettled({ status, refusal }: Upload): boolean {
	if (status === 'removed') throw new AppError(refusal as ErrorCode);
	return status === 'ready';
}

async function find(id: string, client: ServiceClient): Promise<Upload> {
	const { data, error } = await client
		.from('attachments')
		.select(columns)
		.eq('id', id)
		.maybeSingle();
	if (error?.code === 'PGRST301' || error?.code === 'PGRST303') {
		throw new AppError('session_required');
	}
	if (error) throw refusal(error);
	if (!data) throw new AppError('upload_not_found');
	return data;
}

async function pass(upload: Upload, service: ServiceClient): Promise<Upload> {
	const { data, error } = await service.rpc('upload_policy', { attachment_id: upload.id });
	if (error) throw refusal(error);
	if (!data) throw new AppError('upload_not_found');
	const policy = data as unknown as Policy;
	const open = await incoming(upload, service);
	const { name, size_bytes: size } = upload;
	const finding = await inspect(open, { name, size, kinds: policy.file_kinds });
	const cleaned = async () => {
		const bytes = await open();
		return finding.parts ? rewritten(bytes, finding.parts) : bytes;
	};
	if (policy.scanner_url) {
		const scanner = { url: policy.scanner_url, token: policy.scanner_token };
		const result = await scan(scanner, await cleaned(), { id: upload.id, mime: finding.type.mime });
		if (result === 'infected') throw new AppError('file_infected');
		if (result === 'pending') return finish(upload.id, finding, true, service);
	}
	await store(upload, finding, await cleaned(), service);
	return finish(upload.id, finding, false, service);
}

/** Opens the bytes as often as asked. They are complete when there are as many as were announced. */
async function incoming(upload: Upload, service: ServiceClient): Promise<Open> {
	const bucket = service.storage.from(incomingBucket);
	const { data, error } = await bucket.info(upload.path);
	if (error || data.size === undefined)
		throw new AppError('upload_incomplete', undefined, { cause: error });
	// A file that turned out to be quarantined is smaller by what was taken out of it.
	if (upload.status === 'pending' && data.size !== upload.size_bytes) {
		throw new AppError('file_damaged');
	}
	upload.size_bytes = data.size;
	return async () => {
		const opened = await bucket.download(upload.path).asStream();
		if (opened.error) throw new AppError('upload_incomplete', undefined, { cause: opened.error });
		return opened.data as ReadableStream<Uint8Array>;
	};
}

async function store(
	{ path }: Upload,
	{ type }: Finding,
	bytes: ReadableStream<Uint8Array>,
	service: ServiceClient
): Promise<void> {
	const { error } = await service.storage.from(attachmentsBucket).upload(path, bytes, {
		// The stored type is what every link to the file is answered with, so no link can show what must only be saved.
		contentType: shownInline(type) ? type.mime : 'application/octet-stream',
		cacheControl: '3600',
		upsert: true,
		duplex: 'half'
	});
	if (error) throw new AppError('internal', 'The file could not be stored.', { cause: error });
}

async function finish(
	attachment_id: string,
	{ type, name, size, width, height }: Finding,
	quarantined: boolean,
	service: ServiceClient
): Promise<Upload> {
	const { data, error } = await service.rpc('finish_upload', {
		attachment_id,
		name,
		content_type: type.mime,
		size_bytes: size,
		quarantined,
		...(width === null || height === null ? {} : { width, height })
	});
	if (error) throw refusal(error);
	// Nobody left who waits for it: the row was taken back meanwhile, the stored bytes are swept.
	if (!data.id) throw new AppError('upload_not_found');
	isSettled(data);
	return data;
}
