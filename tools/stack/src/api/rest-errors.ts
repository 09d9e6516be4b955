import pg from 'pg';
import * as z from 'zod';
import type { Caller } from './database-context.ts';

export type RestError = {
	code: string;
	message: string;
	details: string | null;
	hint: string | null;
};

export function restError(status: number, error: RestError, headers?: HeadersInit): Response {
	return Response.json(error, { status, ...(headers !== undefined && { headers }) });
}

/** A database error as PostgREST answers it; null for any other error. */
export function restErrorResponse(error: unknown, caller: Caller): Response | null {
	if (isConnectionLoss(error)) {
		return restError(503, {
			code: 'PGRST001',
			message: 'Database client error. Retrying the connection.',
			details: null,
			hint: null
		});
	}
	if (!(error instanceof pg.DatabaseError)) return null;
	if (error.code === 'PGRST') return raisedResponse(error);
	const { code = 'XX000' } = error;
	return restError(statusOf({ code, message: error.message }, caller), {
		code,
		message: error.message,
		details: error.detail ?? null,
		hint: error.hint ?? null
	});
}

const Raised = z.object({
	code: z.string(),
	message: z.string(),
	details: z.string().nullish(),
	hint: z.string().nullish()
});
const RaisedDetail = z.object({
	status: z.int().min(100).max(599),
	headers: z.record(z.string(), z.string()).default({})
});

/** `raise sqlstate 'PGRST'` sets the whole answer. */
function raisedResponse({ message, detail }: pg.DatabaseError): Response {
	try {
		const { details = null, hint = null, ...body } = Raised.parse(JSON.parse(message));
		const { status, headers } = RaisedDetail.parse(JSON.parse(detail ?? ''));
		return restError(status, { ...body, details, hint }, headers);
	} catch {
		return restError(500, {
			code: 'PGRST121',
			message: `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`,
			details: `Invalid JSON value for MESSAGE or DETAIL: '${message}', '${detail ?? ''}'`,
			hint: 'MESSAGE and DETAIL must be JSON objects with "code", "message" and "status", "headers"'
		});
	}
}

/** For the services that have no words of their own for it. */
export function databaseUnreachable(): Response {
	return Response.json({ message: 'The database is not reachable' }, { status: 503 });
}

/** The server went away: the driver reconnects by itself, the request may be repeated. */
export function isConnectionLoss(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	if (driverTexts.test(error.message)) return true;
	const code = 'code' in error ? error.code : undefined;
	if (typeof code !== 'string') return false;
	return socketCodes.has(code) || code.startsWith('08') || shutdownCodes.has(code);
}

// The driver gives these errors no code.
const driverTexts =
	/^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

const socketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

// admin_shutdown, crash_shutdown, cannot_connect_now
const shutdownCodes = new Set(['57P01', '57P02', '57P03']);

/** The table of PostgREST's manual: a code of its own, else the class (first two characters). */
const statusByCode: Record<string, number> = {
	// More than one row from a subquery; a missing `where` has its answer before.
	'21000': 500,
	'23503': 409,
	'23505': 409,
	'25006': 405,
	'42883': 404,
	'42P01': 404,
	'42P17': 500,
	'53400': 500,
	P0001: 400
};

const statusByClass: Record<string, number> = {
	'08': 503,
	'09': 500,
	'0L': 403,
	'0P': 403,
	'25': 500,
	'28': 403,
	'2D': 500,
	'38': 500,
	'39': 500,
	'3B': 500,
	'40': 500,
	'53': 503,
	'54': 500,
	'55': 500,
	'57': 500,
	'58': 500,
	F0: 500,
	HV: 500,
	P0: 500,
	XX: 500
};

function statusOf({ code, message }: { code: string; message: string }, caller: Caller): number {
	const chosen = /^PT(\d{3})$/.exec(code)?.[1];
	if (chosen !== undefined) {
		const status = Number(chosen);
		return status >= 200 && status <= 599 ? status : 500;
	}
	// Whoever is nobody yet may sign in and try again.
	if (code === '42501') return caller.role === 'anon' ? 401 : 403;
	// The role of the token, which PostgREST tells by the text as well.
	if (code === '22023' && /^role .* does not exist$/.test(message)) return 401;
	return statusByCode[code] ?? statusByClass[code.slice(0, 2)] ?? 400;
}
