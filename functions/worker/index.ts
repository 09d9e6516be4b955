import { Nothing } from '@chatiq/contracts/session';
import { secretKeys, endpoint } from '../_shared/endpoint.ts';
import { serviceClient } from '../_shared/database.ts';
import { createMailer } from './mailer.ts';
import { registry } from './registry.ts';
import { Shift } from './shift.ts';

const shift = new Shift({
	client: serviceClient(),
	registry,
	mailer: createMailer((name) => Deno.env.get(name)),
	goOn: callAgain
});

// The caller is the database: it only wakes, and does not wait for what is done.
export default endpoint({
	auth: 'secret',
	input: Nothing,
	run: () => {
		const work = shift.wake();
		if (work) EdgeRuntime.waitUntil(work);
		return Promise.resolve({ awake: true });
	}
});

// Told some time before the runtime ends this process.
addEventListener('beforeunload', () => shift.end());

/** There is more to do than one run may take. */
async function callAgain(): Promise<void> {
	const [key = ''] = secretKeys();
	await fetch(`${Deno.env.get('SUPABASE_URL') ?? ''}/functions/v1/worker`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', apikey: key },
		body: '{}'
	});
}
