import { SessionRequest } from '@chatiq/contracts/session';
import { serviceClient } from '../_shared/database.ts';
import { endpoint } from '../_shared/endpoint.ts';
import { openSession } from './open-session.ts';

const client = serviceClient();

export default endpoint({
	auth: 'public',
	input: SessionRequest,
	run: (request, caller) => openSession(request, caller, client)
});
