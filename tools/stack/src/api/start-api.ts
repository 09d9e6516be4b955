import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { getAuthSchemaSql, getStorageSchemaSql } from '@supabase/lite';
import type { App, AppRequestContext } from '@supabase/lite';
import { createAuthServer } from '../auth/auth-server.ts';
import { AuthConfig } from '../auth/config.ts';
import type { Keys } from '../keys.ts';
import type { OnMail } from '../mail/mail.ts';
import { createVerifier } from '../tokens.ts';
import { createAuthorise } from './authorization.ts';
import type { ApiService, Authorization } from './authorization.ts';
import { readBody } from './body-limit.ts';
import { ApiConnection } from './connection.ts';
import { answerPreflight, withCors } from './cors.ts';
import { createLite, internalSecret } from './lite.ts';
import { openScope, requestScope } from './request-scope.ts';
import { DataApi } from './rest/data-api.ts';
import { databaseUnreachable, isConnectionLoss } from './rest-errors.ts';
import { watchSchema } from './schema-watch.ts';
import { adaptStorageRequest } from './storage-requests.ts';
import { renderImage } from './storage-render.ts';
import { startResumable } from './storage-resumable.ts';
import { answerStorage } from './storage-service.ts';
import { sweepStorage } from './storage-sweep.ts';
import { Turns } from './turns.ts';

export type ApiOptions = {
	/** As the superuser. */
	databaseUrl: string;
	keys: Keys;
	storageDirectory: string;
	/** Where links in mails lead in the end, unless `auth` says. */
	siteUrl: string;
	/** Where this API is reached. */
	publicUrl: string;
	onMail: OnMail;
	/** The `[api]` part of supabase/config.toml. */
	api?: { schemas: readonly string[]; maxRows: number };
	/** `[auth]` of supabase/config.toml. */
	auth?: AuthConfig;
};

export type Api = {
	fetch(request: Request, info: AppRequestContext): Promise<Response>;
	/** After migrations; `notify pgrst` does the same. */
	reloadSchema(): Promise<void>;
	close(): Promise<void>;
};

const jsonLimit = 5 * 1024 * 1024;
// What a bucket may hold, and the wrapping of a form.
const uploadLimit = 51 * 1024 * 1024;

/** Data API, Auth and Storage as one web handler. The caller owns the port. */
export async function startApi(options: ApiOptions): Promise<Api> {
	const connection = new ApiConnection(options.databaseUrl);
	await createTables(connection);
	const lite = await createLite(options, connection);
	await mkdir(options.storageDirectory, { recursive: true });
	await sweepStorage(options.storageDirectory, connection);
	const { schemas, maxRows } = options.api ?? { schemas: ['public'], maxRows: 1000 };
	const data = new DataApi({
		...{ schemas, maxRows, pool: connection.pool },
		loadRoleSettings: () => connection.loadRoleSettings()
	});
	const reloadSchema = async () => {
		await connection.clearSchemaCache();
		data.reload();
	};
	const stopWatching = await watchSchema(options.databaseUrl, reloadSchema);

	const serve = await createServe(options, { lite, connection, data });
	return {
		async fetch(request, info) {
			const preflight = answerPreflight(request);
			if (preflight !== null) return preflight;
			const service = serviceOf(request);
			if (service === null) return withCors(notFound());
			try {
				return withCors(await serve(request, service, info));
			} catch (error) {
				return withCors(failure(error, request));
			}
		},
		reloadSchema,
		async close() {
			await stopWatching();
			await connection.close();
		}
	};
}

type Serve = (request: Request, service: ApiService, info: AppRequestContext) => Promise<Response>;

type Parts = { lite: App; connection: ApiConnection; data: DataApi };

async function createServe(options: ApiOptions, parts: Parts): Promise<Serve> {
	const { lite, connection, data } = parts;
	const authorise = createAuthorise(options.keys, createVerifier(options.keys));
	const uploads = new Turns();
	const auth = createAuthServer({
		...options,
		db: connection.kysely,
		config: options.auth ?? AuthConfig.parse({})
	});
	const secret = new TextEncoder().encode(internalSecret(options.keys.jwtSecret));
	const toStorage = (request: Request, authorization: Authorization, info: AppRequestContext) =>
		answerStorage(request, authorization, {
			...{ connection, secret, uploads },
			lite: (inner) => Promise.resolve(lite.fetch(inner, info))
		});
	const resumable = await startResumable({
		directory: path.join(options.storageDirectory, 'uploads'),
		publicUrl: options.publicUrl,
		connection,
		maxSize: uploadLimit,
		store(request) {
			const authorization = requestScope.getStore()?.authorization;
			if (authorization === undefined) throw new Error('An upload came without its scope');
			return toStorage(request, authorization, { peerAddress: null });
		}
	});

	return async (request, service, info) => {
		const authorization = await authorise(request, service);
		if (authorization instanceof Response) return authorization;
		if (new URL(request.url).pathname.startsWith('/storage/v1/upload/resumable')) {
			const scope = openScope(request, info.peerAddress, authorization);
			return requestScope.run(scope, () => resumable(request));
		}
		const whole = await withWholeBody(request, service === 'storage' ? uploadLimit : jsonLimit);
		if (whole === null) return tooLarge();
		if (service === 'auth') return auth.fetch(whole, authorization, info.peerAddress);
		const adapted = service === 'storage' ? await adaptStorageRequest(whole) : whole;
		const scope = openScope(adapted, info.peerAddress, authorization);
		if (service === 'rest') return data.answer(adapted, scope, authorization);
		return requestScope.run(scope, async () => {
			const answer = await toStorage(adapted, authorization, info);
			return wantsRendering(request) && answer.status === 200
				? renderImage(answer, scope.query, scope.headers.get('accept') ?? '')
				: answer;
		});
	};
}

function wantsRendering({ url, method }: Request): boolean {
	const { pathname, searchParams } = new URL(url);
	if (method !== 'GET' || !pathname.startsWith('/storage/v1/render/image/')) return false;
	return ['width', 'height', 'resize', 'quality', 'format'].some((name) => searchParams.has(name));
}

/** Auth's and Storage's own, each start anew: all of it is `if not exists` or `or replace`. */
async function createTables(connection: ApiConnection): Promise<void> {
	const afterAuth = new URL('../../sql/after-auth.sql', import.meta.url);
	const scripts = [getAuthSchemaSql(), getStorageSchemaSql(), await readFile(afterAuth, 'utf8')];
	await connection.runScript(scripts.join(';\n'));
	await connection.clearSchemaCache();
}

function serviceOf(request: Request): ApiService | null {
	const name = /^\/(auth|rest|storage)\/v1(\/|$)/.exec(new URL(request.url).pathname)?.[1];
	return (name as ApiService | undefined) ?? null;
}

async function withWholeBody(request: Request, limit: number): Promise<Request | null> {
	if (request.body === null) return request;
	const body = await readBody(request, limit);
	if (body === null) return null;
	const headers = new Headers(request.headers);
	headers.delete('transfer-encoding');
	headers.set('content-length', String(body.byteLength));
	return new Request(request.url, { method: request.method, headers, body });
}

function tooLarge(): Response {
	const message = 'The object exceeded the maximum allowed size';
	return Response.json({ statusCode: '413', error: 'Payload too large', message }, { status: 413 });
}

function notFound(): Response {
	return Response.json({ message: 'no Route matched with those values' }, { status: 404 });
}

function failure(error: unknown, request: Request): Response {
	if (isConnectionLoss(error)) return databaseUnreachable();
	console.error(`${request.method} ${new URL(request.url).pathname} failed:`, error);
	return Response.json({ message: 'Internal server error' }, { status: 500 });
}
