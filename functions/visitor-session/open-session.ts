import type { SessionRequest, VisitorSession } from '@chatiq/contracts/session';
import type { ServiceClient } from '../_shared/database.ts';
import type { Caller } from '../_shared/endpoint.ts';
import {
	acceptClaims,
	sessionArguments,
	sessionRefusal,
	visitorSession
} from '../_shared/visitor-session.ts';

/** Begins a visitor's session, or continues the one of the refresh token. */
export async function openSession(
	request: SessionRequest,
	caller: Caller,
	client: ServiceClient
): Promise<VisitorSession> {
	const { args, refreshToken } = await sessionArguments(request, caller, client);
	const { data, error } = await client.rpc('open_visitor_session', args);
	if (error) throw await sessionRefusal(error, args, client);
	return visitorSession(acceptClaims(data), refreshToken);
}
