import type { Channel } from './channel.ts';
import { crash, isClosed, readPolicies, shut, watchToken } from './channel-life.ts';
import { subscribeToChanges } from './changes/subscribe-channel.ts';
import { databaseReason } from './database-errors.ts';
import { isRecord } from './frames.ts';
import type { Frame } from './frames.ts';
import type { Hub } from './hub.ts';
import { TokenError } from '../tokens.ts';
import type { Claims } from './token.ts';

/** A new access token for the channel. There is never a reply. */
export async function receiveToken(hub: Hub, channel: Channel, frame: Frame): Promise<void> {
	const token = isRecord(frame.payload) ? frame.payload.access_token : null;
	if (typeof token !== 'string' || token.startsWith('sb_') || token === channel.token) return;
	let claims: Claims;
	try {
		claims = await hub.verifyToken(token);
	} catch (error) {
		if (!(error instanceof TokenError)) throw error;
		shut(hub, channel, 'InvalidJWTToken', error.message);
		return;
	}
	if (isClosed(channel)) return;
	channel.token = token;
	channel.claims = claims;
	if (channel.private) await reauthorize(hub, channel);
	else channel.policies = { broadcast: {}, presence: {}, persistence: {} };
	if (isClosed(channel)) return;
	watchToken(hub, channel);
	subscribeToChanges(hub, channel);
}

/** The old rights hold until the new ones are known, so that no message is lost in between. */
async function reauthorize(hub: Hub, channel: Channel): Promise<void> {
	const before = channel.policies;
	const refused = `You do not have permissions to read from this Channel topic: ${channel.name}`;
	const withPresence = before.presence.read !== undefined;
	try {
		channel.policies = await readPolicies(hub, channel, withPresence);
	} catch (error) {
		// Closing is final for the client, and a database that is away says nothing about rights.
		if (databaseReason(error) !== null) crash(hub, channel, error);
		else shut(hub, channel, 'RlsPolicyError', refused);
		return;
	}
	const { broadcast, presence } = channel.policies;
	if (!broadcast.read && !presence.read) {
		shut(hub, channel, 'Unauthorized', refused);
	} else if (
		(before.broadcast.read && !broadcast.read) ||
		(before.presence.read && !presence.read)
	) {
		const message = `You no longer have permission to read from this Channel topic: ${channel.name}`;
		shut(hub, channel, 'Unauthorized', message);
	}
}
