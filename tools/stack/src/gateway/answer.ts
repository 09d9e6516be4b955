import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** A request that the gateway hands over whole. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void;

export interface Answer {
	status: number;
	headers?: OutgoingHttpHeaders;
	body?: string | Buffer;
}

/** Ends the response; a HEAD request gets the headers alone. */
export function answer(
	request: IncomingMessage,
	response: ServerResponse,
	{ status, headers = {}, body = '' }: Answer
): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	const length =
		status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
	response.writeHead(status, { ...length, ...headers });
	response.end(request.method === 'HEAD' ? undefined : body);
}

export function pathOf(request: IncomingMessage): string {
	return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
