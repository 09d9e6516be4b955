import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { pinAddress } from '../../_shared/public-address.ts';

export interface Post {
	url: string;
	headers: Record<string, string>;
	body: string;
	allowLoopback: boolean;
	/** For the whole exchange, from the look-up to the last byte, redirects included. */
	timeoutMs?: number;
	/** What is left of it. */
	remainingMs?: number;
}

export interface Answer {
	status: number;
	excerpt: string;
	retryAfter: string | undefined;
	/** Where a redirect leads, as it is written. */
	location: string | undefined;
}

const maxAnswerBytes = 16_384;
const excerptLength = 1_000;

export class TooSlow extends Error {
	override readonly name = 'TooSlow';
}

/** Posts to an address that was checked and is connected to by number. Redirects are answers like any other. */
export async function post({
	timeoutMs = 10_000,
	remainingMs = timeoutMs,
	...rest
}: Post): Promise<Answer> {
	const controller = new AbortController();
	const timer = setTimeout(() => {
		controller.abort();
	}, remainingMs);
	const late = new Promise<never>((_, reject) => {
		controller.signal.addEventListener('abort', () => {
			reject(new TooSlow(`No answer within ${timeoutMs / 1000} s.`));
		});
	});
	try {
		return await Promise.race([exchange(rest, controller.signal), late]);
	} finally {
		clearTimeout(timer);
	}
}

async function exchange(
	{ url, headers, body, allowLoopback }: Omit<Post, 'timeoutMs' | 'remainingMs'>,
	signal: AbortSignal
): Promise<Answer> {
	const { protocol, hostname, port, host, pathname, search } = new URL(url);
	const secure = protocol === 'https:';
	const address = await pinAddress(hostname, { allowLoopback });
	const options: RequestOptions & { servername?: string } = {
		host: address,
		port: port === '' ? (secure ? 443 : 80) : Number(port),
		path: pathname + search,
		method: 'POST',
		agent: false,
		headers: { ...headers, host, 'content-length': `${Buffer.byteLength(body)}` },
		// The certificate must be the name's, though the connection goes to a number.
		...(secure ? { servername: hostname } : {})
	};
	return new Promise((resolve, reject) => {
		const request = (secure ? secureRequest : plainRequest)(options, (response) => {
			read(response).then(resolve, reject);
		});
		request.on('error', reject);
		signal.addEventListener('abort', () => request.destroy(), { once: true });
		request.end(body);
	});
}

/** As much of an answer as is kept; the rest is not waited for. */
async function read(response: IncomingMessage): Promise<Answer> {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const part of response) {
		parts.push(part as Buffer);
		size += (part as Buffer).length;
		if (size >= maxAnswerBytes) break;
	}
	response.destroy();
	const text = Buffer.concat(parts).toString('utf8').replaceAll('\0', '');
	return {
		status: response.statusCode ?? 0,
		excerpt: Array.from(text).slice(0, excerptLength).join(''),
		retryAfter: response.headers['retry-after'],
		location: response.headers.location
	};
}
