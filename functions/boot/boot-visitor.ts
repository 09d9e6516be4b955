import type { Boot, SessionRequest } from '@chatiq/contracts/session';
import type { ServiceClient } from '../_shared/database.ts';
import type { Caller } from '../_shared/endpoint.ts';
import {
	sessionArguments,
	type SessionClaims,
	sessionRefusal,
	visitorSession
} from '../_shared/visitor-session.ts';

/** Everything a returning visitor's widget needs, from one call to the database. */
export async function bootVisitor(
	request: SessionRequest,
	caller: Caller,
	client: ServiceClient
): Promise<Boot> {
	const { args, refreshToken } = await sessionArguments(request, caller, client);
	const { data, error } = await client.rpc('boot_visitor', args);
	if (error) throw await sessionRefusal(error, args, client);
	const { claims, ...rest } = data as unknown as Omit<Boot, 'session'> & {
		claims: SessionClaims | null;
	};
	return { ...rest, session: claims && (await visitorSession(claims, refreshToken)) };
}
