import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { Upload } from '@tus/server';
import type { ApiConnection } from './connection.ts';
import { sql } from 'kysely';
import { requestScope } from './request-scope.ts';
import { allowsMime } from './storage-mime.ts';
import { probeUpload } from './storage-probe.ts';

export type ResumableOptions = {
	directory: string;
	publicUrl: string;
	connection: ApiConnection;
	/** Stores a whole object as if it had been uploaded at once, with all checks. */
	store: (request: Request) => Promise<Response>;
	maxSize: number;
};

const keptForMs = 24 * 60 * 60 * 1000;
const root = '/storage/v1/upload/resumable';

/** What tus takes for an answer when it is thrown. */
class Refusal extends Error {
	readonly status_code: number;
	readonly body: string;

	constructor(status: number, message: string) {
		super(message);
		this.status_code = status;
		this.body = message;
	}
}

/** Uploads in pieces (tus 1.0): they lie beside the objects until the last piece is there. */
export async function startResumable(
	options: ResumableOptions
): Promise<(request: Request) => Promise<Response>> {
	await mkdir(options.directory, { recursive: true });
	const store = new FileStore({
		directory: options.directory,
		expirationPeriodInMilliseconds: keptForMs
	});
	const plain = createServer(options, store, root);
	const signed = createServer(options, store, `${root}/sign`);
	await plain.cleanUpExpiredUploads();
	return async (request) => {
		const { pathname } = new URL(request.url);
		const server = pathname.startsWith(`${root}/sign`) ? signed : plain;
		return server.handleWeb(request);
	};
}

function createServer(options: ResumableOptions, store: FileStore, at: string): Server {
	const base = options.publicUrl.replace(/\/$/, '');
	return new Server({
		path: at,
		datastore: store,
		maxSize: options.maxSize,
		namingFunction: () => randomUUID(),
		generateUrl: (_request, { id }) => `${base}${at}/${id}`,
		async onUploadCreate(_request, upload) {
			await refuseEarly(options.connection, upload, at !== root);
			return {};
		},
		async onUploadFinish(_request, upload) {
			await storeWhole(options, upload, at !== root);
			await store.remove(upload.id);
			return {};
		}
	});
}

type Named = { bucketName: string; objectName: string; contentType: string };

function nameOf({ metadata }: Upload): Named {
	const { bucketName, objectName, contentType } = metadata ?? {};
	if (bucketName == null || objectName == null)
		throw new Refusal(400, 'Metadata header is required');
	return { bucketName, objectName, contentType: contentType ?? 'application/octet-stream' };
}

/** Nobody shall send gigabytes to learn at the end that they are not welcome. */
async function refuseEarly(
	connection: ApiConnection,
	upload: Upload,
	signed: boolean
): Promise<void> {
	const { bucketName, objectName, contentType } = nameOf(upload);
	const { rows } = await sql<{
		file_size_limit: string | null;
		allowed_mime_types: string[] | null;
	}>`
		select file_size_limit, allowed_mime_types from storage.buckets where id = ${bucketName}`.execute(
		connection.kysely
	);
	const [bucket] = rows;
	if (bucket === undefined) throw new Refusal(404, 'Bucket not found');
	const { file_size_limit: limit, allowed_mime_types: types } = bucket;
	if (limit !== null && (upload.size ?? 0) > Number(limit)) {
		throw new Refusal(413, 'The object exceeded the maximum allowed size');
	}
	if (!allowsMime(types, contentType)) {
		throw new Refusal(415, `mime type ${contentType} is not supported`);
	}
	if (signed) return;
	const scope = requestScope.getStore();
	const claims = scope?.authorization.claims ?? { role: 'anon' };
	const error = await probeUpload(connection, claims, {
		bucket: bucketName,
		name: objectName,
		upsert: scope?.headers.get('x-upsert') === 'true'
	});
	if (error === 'denied') throw new Refusal(403, 'new row violates row-level security policy');
	if (error === 'exists') throw new Refusal(409, 'The resource already exists');
}

async function storeWhole(
	{ directory, publicUrl, store }: ResumableOptions,
	upload: Upload,
	signed: boolean
): Promise<void> {
	const { bucketName, objectName, contentType } = nameOf(upload);
	const scope = requestScope.getStore();
	if (scope === undefined) throw new Error('A resumable upload came without its scope');
	const cacheControl = upload.metadata?.cacheControl ?? '';
	const custom = upload.metadata?.metadata;
	const headers = new Headers({
		'content-type': contentType,
		'content-length': String(upload.size ?? 0),
		'cache-control': /^\d+$/.test(cacheControl) ? `max-age=${cacheControl}` : 'no-cache',
		'x-upsert': scope.headers.get('x-upsert') ?? 'false'
	});
	if (custom != null) headers.set('x-metadata', Buffer.from(custom).toString('base64'));
	const name = [bucketName, ...objectName.split('/')].map(encodeURIComponent).join('/');
	const token = encodeURIComponent(scope.headers.get('x-signature') ?? '');
	const target = signed ? `upload/sign/${name}?token=${token}` : name;
	const request = new Request(`${publicUrl.replace(/\/$/, '')}/storage/v1/object/${target}`, {
		method: signed ? 'PUT' : 'POST',
		headers,
		body: Readable.toWeb(createReadStream(path.join(directory, upload.id))),
		duplex: 'half'
	} as RequestInit);
	const inner = { ...scope, method: request.method, headers };
	const answer = await requestScope.run(inner, () => store(request));
	const body = (await answer.json()) as { statusCode?: string; message?: string };
	if (answer.ok) return;
	throw new Refusal(Number(body.statusCode ?? answer.status), body.message ?? 'The upload failed');
}
