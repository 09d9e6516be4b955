import { refusal, serviceClient } from '../_shared/database.ts';
import { logError } from '../_shared/log.ts';

const client = serviceClient();

/**
 * The one-click form of RFC 8058: mail programs post to the address in `List-Unsubscribe`, with a form for a body.
 * Opening the address changes nothing; people have the page of the console.
 */
export default {
	async fetch(request: Request): Promise<Response> {
		if (request.method !== 'POST') return new Response(null, { status: 405 });
		const token = new URL(request.url).searchParams.get('token') ?? '';
		const { data, error } = await client.rpc('unsubscribe', { token });
		if (error) {
			logError('unsubscribe', refusal(error));
			return new Response(null, { status: 500 });
		}
		return new Response(null, { status: data ? 200 : 404 });
	}
};
