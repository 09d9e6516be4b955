import type { Authorization } from './authorization.ts';
import type { ApiConnection } from './connection.ts';
import { listObjects } from './storage-list.ts';
import { listObjectsV2 } from './storage-list-v2.ts';
import { keepUserMetadata } from './storage-metadata.ts';
import { refuseBadSignature } from './storage-requests.ts';
import { adaptStorageResponse } from './storage-responses.ts';
import { signMany } from './storage-sign.ts';
import type { Turns } from './turns.ts';

export type StorageOptions = {
	connection: ApiConnection;
	/** Signs the URLs of files. */
	secret: Uint8Array;
	/** Lite looks for the object, then inserts it: two uploads at once would both insert. */
	uploads: Turns;
	lite: (request: Request) => Promise<Response>;
};

const asksAgain = /\/storage\/v1\/object\/(copy|sign\/)/;

/** Lite's Storage with what storage-js and browsers miss in it. */
export async function answerStorage(
	request: Request,
	authorization: Authorization,
	{ connection, secret, uploads, lite }: StorageOptions
): Promise<Response> {
	const refusal = await refuseBadSignature(request, secret);
	if (refusal !== null) return refusal;
	const route = /^\/storage\/v1\/object\/(list|list-v2|sign|copy)(?:\/([^/]+))?\/?$/.exec(
		new URL(request.url).pathname
	);
	const [, verb, bucket] = request.method === 'POST' && route !== null ? route : [];
	if (verb === 'list' && bucket !== undefined) {
		return listObjects(request, decodeURIComponent(bucket), authorization, connection);
	}
	if (verb === 'list-v2' && bucket !== undefined) {
		return listObjectsV2(request, decodeURIComponent(bucket), authorization, connection);
	}
	// Adapting the answer to these needs the question.
	const question =
		request.method === 'POST' && asksAgain.test(request.url) ? request.clone() : request;
	const many = verb === 'sign' && bucket !== undefined;
	const answer = many
		? await signMany(request, lite)
		: await inTurn(request, uploads, () => lite(request));
	await keepUserMetadata(request, answer, connection);
	return adaptStorageResponse(question, answer);
}

function inTurn<T>(request: Request, uploads: Turns, work: () => Promise<T>): Promise<T> {
	if (request.method !== 'POST' && request.method !== 'PUT') return work();
	const { pathname } = new URL(request.url);
	return uploads.take(pathname.replace('/object/upload/sign/', '/object/'), work);
}
