import { SessionRequest } from '@chatiq/contracts/session';
import { serviceClient } from '../_shared/database.ts';
import { endpoint } from '../_shared/endpoint.ts';
import { bootVisitor } from './boot-visitor.ts';

const client = serviceClient();

export default endpoint({
	auth: 'public',
	input: SessionRequest,
	run: (request, caller) => bootVisitor(request, caller, client)
});
