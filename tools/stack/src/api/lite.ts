import { createHmac } from 'node:crypto';
import { App, setExperimental } from '@supabase/lite';
import type { HonoContext } from '@supabase/lite';
import type { Context, MiddlewareHandler } from 'hono';
import pg from 'pg';
import type { Authorization } from './authorization.ts';
import type { ApiConnection } from './connection.ts';
import { requestScope } from './request-scope.ts';
import { databaseUnreachable, isConnectionLoss } from './rest-errors.ts';
import type { ApiOptions } from './start-api.ts';
import { FileStorageAdapter } from './storage-adapter.ts';
import { storageError } from './storage-error.ts';
import { acceptMimeWildcards } from './storage-mime.ts';

acceptErrorsAsWarnings();

/** What lite signs itself (URLs of files, tokens that we replace) is good for nothing else. */
export function internalSecret(jwtSecret: string): string {
	return createHmac('sha256', jwtSecret).update('@supabase/lite').digest('base64url');
}

export async function createLite(options: ApiOptions, connection: ApiConnection): Promise<App> {
	const { keys, siteUrl, publicUrl } = options;
	const app = new App({
		connection,
		// The Data API and Storage ask it for the caller; its own routes are never reached.
		auth: {
			enabled: true,
			jwt_secret: internalSecret(keys.jwtSecret),
			jwt_expiry: 3600,
			site_url: siteUrl
		},
		storage: { enabled: true, file_size_limit: '50MiB' },
		api: { schemas: ['public'], max_rows: 1000, external_url: publicUrl },
		studio: { enabled: false },
		realtime: { enabled: false },
		options: {
			server: { disableStudio: true, apiKeys: false, middlewares: [bridge()] }
		}
	});
	app._storageAdapter = new FileStorageAdapter(options.storageDirectory);
	await app.init();
	// After init(), which would print a warning that is about lite's own cloud.
	setExperimental('storage', true);
	return app;
}

/** Lite replaces process.emitWarning by one that takes texts only; Node passes errors as well. */
function acceptErrorsAsWarnings(): void {
	const emitWarning = process.emitWarning.bind(process);
	process.emitWarning = (warning: string | Error, ...rest: never[]) => {
		if (typeof warning === 'string') emitWarning(warning, ...rest);
		else emitWarning(warning.message, { type: warning.name, detail: warning.stack ?? '' });
	};
}

/** Runs inside lite, before its routes: hands over who is asking. */
function bridge(): MiddlewareHandler<HonoContext> {
	return async (context, next) => {
		const authorization = requestScope.getStore()?.authorization;
		if (authorization === undefined) throw new Error('A request came without its scope');
		introduceCaller(context, authorization);
		if (context.req.path.startsWith('/storage/v1/')) {
			acceptMimeWildcards(context.get('storageService'), context.req.header('content-type'));
		}
		await next();
		const answer = answerFor(context.error);
		if (answer !== null) {
			context.res = undefined; // else Hono merges headers, and the old content-length stays
			context.res = answer;
		}
	};
}

function introduceCaller(context: Context<HonoContext>, { apiKey, claims }: Authorization): void {
	if (apiKey !== null) context.set('apiKeyType', apiKey);
	// Lite must not look at the header: it knows neither our keys nor our algorithms.
	context.set('ignoreAuthorization', true);
	if (claims !== null) context.set('jwt', claims);
	if (typeof claims?.sub === 'string') context.set('userId', claims.sub);
	if (typeof claims?.session_id === 'string') context.set('sessionId', claims.session_id);
}

/** Lite knows its own errors only, and answers 500 to others. */
function answerFor(error: Error | undefined): Response | null {
	if (isConnectionLoss(error)) return databaseUnreachable();
	// Class 22: a value that no row could hold, like a text with a NUL in it.
	if (!(error instanceof pg.DatabaseError) || error.code?.startsWith('22') !== true) return null;
	return storageError(400, 'InvalidRequest', error.message);
}
