import { PageCheckRequest } from '@chatiq/contracts/page-check';
import { AppError } from '@chatiq/contracts/errors';
import { callerClient } from '../_shared/database.ts';
import { endpoint } from '../_shared/endpoint.ts';
import { checkPage } from './check-page.ts';

const allowLoopback = Deno.env.get('WEBHOOKS_ALLOW_LOOPBACK') === 'true';

export default endpoint({
	auth: 'public',
	input: PageCheckRequest,
	run: (input, { token }) => {
		if (token === null) throw new AppError('session_required');
		return checkPage(callerClient(token), input, { allowLoopback });
	}
});
