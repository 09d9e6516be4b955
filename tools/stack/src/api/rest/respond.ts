import { RestFailure } from './failure.ts';
import type { Outcome } from './plan.ts';
import type { Answered } from './statement-sql.ts';

/** Functions may choose status and headers through `response.status` and `response.headers`. */
export function completeOutcome(outcome: Outcome, result: Answered): Outcome {
	if (result.responseStatus === null && result.responseHeaders === null) return outcome;
	return {
		body: outcome.body,
		status: result.responseStatus === null ? outcome.status : readStatus(result.responseStatus),
		headers: { ...outcome.headers, ...readHeaders(result.responseHeaders ?? '[]') }
	};
}

export function outcomeResponse(
	{ status, body, headers }: Outcome,
	profile: string | null
): Response {
	const noBody = status === 204 || status === 205 || status === 304;
	return new Response(noBody ? null : body, {
		status,
		headers: profile === null ? headers : { ...headers, 'content-profile': profile }
	});
}

export function failureResponse({ status, body }: RestFailure): Response {
	return new Response(JSON.stringify(body), {
		status,
		headers: {
			'content-type': 'application/json; charset=utf-8',
			'proxy-status': `PostgREST; error=${body.code}`
		}
	});
}

function readStatus(text: string): number {
	const status = Number(text);
	if (Number.isInteger(status) && status >= 200 && status <= 599) return status;
	throw new RestFailure(500, 'PGRST112', 'response.status guc must be a valid status code');
}

function readHeaders(text: string): Record<string, string> {
	const malformed = new RestFailure(
		500,
		'PGRST111',
		'response.headers guc must be a JSON array composed of objects with a single key and a string value'
	);
	let list: unknown;
	try {
		list = JSON.parse(text);
	} catch {
		throw malformed;
	}
	if (!Array.isArray(list)) throw malformed;
	const headers: Record<string, string> = {};
	for (const item of list as unknown[]) {
		const [entry, more] = typeof item === 'object' && item !== null ? Object.entries(item) : [];
		const value: unknown = entry?.[1];
		if (entry === undefined || more !== undefined || typeof value !== 'string') throw malformed;
		const name = entry[0].toLowerCase();
		// A header that may come several times, like a cookie, is joined.
		headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
	}
	return headers;
}
