import { AppError } from '@chatiq/contracts/errors';
import { serviceClient } from '../_shared/database.ts';
import { failure } from '../_shared/endpoint.ts';
import { logError } from '../_shared/log.ts';
import { limited } from './limited.ts';
import { NotSigned, Unreadable, type InboundEvent } from './inbound.ts';
import { noteBounce } from './note-bounce.ts';
import { providers, ourselves } from './providers.ts';
import { receiveMail } from './receive-mail.ts';
import { setupFor } from './setup.ts';

const client = serviceClient();
const env = (name: string) => Deno.env.get(name);
const headers = { 'cache-control': 'no-store' };

/**
 * `inbound-mail/PROVIDER`, for webhooks of mail providers. Whatever is signed and readable is answered with 200, also
 * what is thrown away: another try would end in the same way. Only a failure of ours asks the provider to come again.
 * A GET tells an admin what is set up.
 */
export default {
	async fetch(request: Request): Promise<Response> {
		try {
			if (request.method === 'GET') return Response.json(await setupFor(request, env), { headers });
			if (request.method !== 'POST') throw new AppError('method_not_allowed');
			const name = new URL(request.url).pathname.split('/').at(-1) ?? '';
			const provider = providers.get(name);
			if (!provider) throw new AppError('not_found');
			const outcomes: string[] = [];
			for (const event of await provider(limited(request), env)) outcomes.push(await take(event));
			return Response.json({ outcomes }, { headers });
		} catch (error) {
			return failure(asAppError(error), headers);
		}
	}
};

async function take(event: InboundEvent): Promise<string> {
	if (event.kind === 'bounce') return noteBounce(event, client);
	const us = ourselves(env);
	const outcome = us === null ? 'unknown' : await receiveMail(event, us, client);
	if (outcome === 'unknown')
		console.log(JSON.stringify({ level: 'info', event: 'mail_to_nobody' }));
	return outcome;
}

function asAppError(error: unknown): unknown {
	if (error instanceof NotSigned) {
		logError('inbound-mail', error);
		return new AppError('forbidden', 'The signature does not fit.');
	}
	if (error instanceof Unreadable) return new AppError('invalid_input', error.message);
	return error;
}
