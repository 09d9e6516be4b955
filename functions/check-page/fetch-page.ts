import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { PageFailure } from '@chatiq/contracts/page-check';
import { AddressRefused, pinAddress } from '../_shared/public-address.ts';

/** Why there is no page to look at. */
export class PageRefused extends Error {
	override readonly name = 'PageRefused';
	readonly failure: PageFailure;

	constructor(failure: PageFailure, options?: ErrorOptions) {
		super(failure, options);
		this.failure = failure;
	}
}

export interface Page {
	url: string;
	status: number;
	html: string;
	/** The header `Content-Security-Policy`. */
	policy: string | undefined;
}

interface Options {
	allowLoopback: boolean;
	timeoutMs?: number;
}

const mostRedirects = 5;
const maxBytes = 1_048_576;

/** Gets a page as a visitor would; each address on the way is looked up, checked and connected to by number. */
export async function fetchPage(
	url: string,
	{ allowLoopback, timeoutMs = 10_000 }: Options
): Promise<Page> {
	const signal = AbortSignal.timeout(timeoutMs);
	let next = addressOf(url);
	for (let redirects = 0; redirects <= mostRedirects; redirects++) {
		const response = await answerOf(next, allowLoopback, signal);
		const { statusCode: status = 0, headers } = response;
		if (status < 300 || status > 399 || headers.location === undefined) {
			const html = await bodyOf(response).catch((cause: unknown) => refuse(cause, signal));
			const policy = headers['content-security-policy'];
			return {
				...{ url: next.href, status, html },
				policy: Array.isArray(policy) ? policy.join(',') : policy
			};
		}
		response.destroy();
		next = addressOf(headers.location, next);
	}
	throw new PageRefused('redirects');
}

function addressOf(written: string, base?: URL): URL {
	const url = URL.canParse(written, base) ? new URL(written, base) : null;
	if (!url || !['http:', 'https:'].includes(url.protocol)) throw new PageRefused('address');
	url.hash = '';
	return url;
}

async function answerOf(
	url: URL,
	allowLoopback: boolean,
	signal: AbortSignal
): Promise<IncomingMessage> {
	try {
		const host = await pinAddress(url.hostname, { allowLoopback });
		return await new Promise((resolve, reject) => {
			const secure = url.protocol === 'https:';
			const options: RequestOptions & { servername?: string } = {
				...{ host, agent: false, path: url.pathname + url.search },
				port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
				headers: {
					host: url.host,
					accept: 'text/html,*/*;q=0.5',
					// What is cut off in the middle could not be unpacked.
					'accept-encoding': 'identity',
					'user-agent': 'Mozilla/5.0 (compatible; ChatIQ-Check/1)'
				},
				// The certificate must be the name's, though the connection goes to a number.
				...(secure ? { servername: url.hostname } : {})
			};
			const request = (secure ? secureRequest : plainRequest)(options, resolve);
			request.on('error', reject);
			signal.addEventListener('abort', () => request.destroy(new Error('too slow')), {
				once: true
			});
			if (signal.aborted) request.destroy(new Error('too slow'));
			request.end();
		});
	} catch (cause) {
		return refuse(cause, signal);
	}
}

function refuse(cause: unknown, signal: AbortSignal): never {
	if (cause instanceof AddressRefused) throw new PageRefused('private', { cause });
	if (signal.aborted) throw new PageRefused('slow', { cause });
	const { code } = cause as { code?: unknown };
	const unknown = code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA';
	throw new PageRefused(unknown ? 'unknown_name' : 'connection', { cause });
}

/** As much of a page as the code could reasonably stand in. */
async function bodyOf(response: IncomingMessage): Promise<string> {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const part of response) {
		parts.push(part as Buffer);
		size += (part as Buffer).length;
		if (size >= maxBytes) break;
	}
	response.destroy();
	return Buffer.concat(parts).toString('utf8');
}
