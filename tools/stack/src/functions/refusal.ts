import type { ServerResponse } from 'node:http';

/** An answer of the gateway in a function's place, in the words of hosted ones. */
export interface Refusal {
	status: number;
	code: string;
	message: string;
}

export const notFound: Refusal = {
	status: 404,
	code: 'NOT_FOUND',
	message: 'Requested function was not found'
};
export const bootError: Refusal = {
	status: 503,
	code: 'BOOT_ERROR',
	message: 'Function failed to start (please check logs)'
};
export const workerError: Refusal = {
	status: 500,
	code: 'WORKER_ERROR',
	message: 'Function exited due to an error (please check logs)'
};
export const resourceLimit: Refusal = {
	status: 546,
	code: 'WORKER_RESOURCE_LIMIT',
	message: 'Function failed due to not having enough compute resources (please check logs)'
};
export const idleTimeout = (limitMs: number): Refusal => ({
	status: 504,
	code: 'IDLE_TIMEOUT',
	message: `Request idle timeout limit (${limitMs / 1000}s) reached`
});
export const unauthorized = (code: string, message: string): Refusal => ({
	status: 401,
	code: `UNAUTHORIZED_${code}`,
	message
});

export class Refused extends Error {
	readonly refusal: Refusal;

	constructor(refusal: Refusal) {
		super(refusal.message);
		this.name = 'Refused';
		this.refusal = refusal;
	}
}

export function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	response.writeHead(status, {
		'content-type': 'application/json',
		'sb-error-code': code,
		'access-control-expose-headers': 'sb-error-code'
	});
	// `msg` is what older clients read from a refused token.
	response.end(
		JSON.stringify(status === 401 ? { code, message, msg: message } : { code, message })
	);
}
