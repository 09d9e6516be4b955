import { post, type Answer, type Post } from './post.ts';
import { isLoopback } from '../../_shared/public-address.ts';

const mostRedirects = 3;

/** Leads to somewhere that is not asked; the text is shown to admins. */
export class RedirectRefused extends Error {
	override readonly name = 'RedirectRefused';
}

/**
 * Posts, and follows redirects that keep the request (307 and 308; the others would make it a GET without a body). Each
 * address is looked up, checked and pinned as the first one was, and all of them share the time of one try.
 */
export async function postFollowing({ timeoutMs = 10_000, ...request }: Post): Promise<Answer> {
	const endsAt = Date.now() + timeoutMs;
	let { url } = request;
	for (let redirects = 0; ; redirects++) {
		const remainingMs = Math.max(endsAt - Date.now(), 0);
		const answer = await post({ ...request, url, timeoutMs, remainingMs });
		if ((answer.status !== 307 && answer.status !== 308) || !answer.location) return answer;
		if (redirects === mostRedirects) throw new RedirectRefused('There were too many redirects.');
		url = nextAddress(answer.location, url, request.allowLoopback);
	}
}

function nextAddress(location: string, from: string, allowLoopback: boolean): string {
	if (!URL.canParse(location, from)) {
		throw new RedirectRefused('The redirect leads to no address.');
	}
	const next = new URL(location, from);
	const here = next.hostname === 'localhost' || isLoopback(next.hostname.replace(/^\[|\]$/g, ''));
	const plain = next.protocol === 'http:' && allowLoopback && here;
	if (next.protocol !== 'https:' && !plain) {
		throw new RedirectRefused('The redirect leads to an address without https.');
	}
	return next.href;
}
