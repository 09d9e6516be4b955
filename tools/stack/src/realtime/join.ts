import { Channel, topicPrefix } from './channel.ts';
import {
	backOff,
	crash,
	enter,
	isClosed,
	leave,
	readPolicies,
	sendClose,
	shut
} from './channel-life.ts';
import {
	announceChanges,
	subscribeToChanges,
	trySubscribing
} from './changes/subscribe-channel.ts';
import { databaseReason } from './database-errors.ts';
import { isRecord } from './frames.ts';
import type { Frame, UserBroadcast } from './frames.ts';
import { connectedUsers } from './hub.ts';
import type { Hub } from './hub.ts';
import { parseJoinConfig, withId } from './join-config.ts';
import { parseReplay, readReplay, sendReplayed } from './replay.ts';
import type { ReplayRequest } from './replay.ts';
import type { ClientSocket } from './socket.ts';
import { joinReason } from './token.ts';
import { TokenError } from '../tokens.ts';
import type { Claims } from './token.ts';
import { topicProblem } from './topic-name.ts';
import { untilVisible } from './until-visible.ts';

class JoinRefused extends Error {
	readonly endsSocket: boolean;

	constructor(reason: string, { endsSocket = false } = {}) {
		super(reason);
		this.endsSocket = endsSocket;
	}
}

interface Admitted {
	channel: Channel;
	replay: UserBroadcast[];
}

/** Answers phx_join. A second join of a topic ends the first, whether or not it succeeds. */
export async function join(hub: Hub, socket: ClientSocket, frame: Frame): Promise<void> {
	const { topic, joinRef, ref } = frame;
	const previous = socket.channels.get(topic);
	if (previous) leave(hub, previous);
	let admitted: Admitted | null = null;
	try {
		admitted = await admit(hub, socket, frame);
	} catch (error) {
		const refusal = error instanceof JoinRefused ? error : unknownError(hub, topic, error);
		await backOff(hub.limits.channelErrorBackoffMs);
		const response = { reason: refusal.message };
		socket.send(joinRef, ref, topic, 'phx_reply', { status: 'error', response });
		if (refusal.endsSocket) socket.close(1001, '');
	}
	if (admitted) {
		const bindings = admitted.channel.config.bindings.map(withId);
		admitted.channel.reply(ref, 'ok', { postgres_changes: bindings });
	}
	if (previous) sendClose(previous);
	if (!admitted) return;
	try {
		welcome(hub, admitted);
	} catch (error) {
		crash(hub, admitted.channel, error);
	}
}

function unknownError(hub: Hub, topic: string, error: unknown): JoinRefused {
	hub.log({ level: 'error', code: 'UnknownErrorOnChannel', message: `${topic}: ${String(error)}` });
	return new JoinRefused('Unknown Error on Channel');
}

/** The checks in the order of the hosted server. Null when the socket went away meanwhile. */
async function admit(hub: Hub, socket: ClientSocket, frame: Frame): Promise<Admitted | null> {
	checkName(frame.topic.slice(topicPrefix.length));
	const config = parseJoinConfig(frame.payload, (problem) =>
		hub.log({ level: 'warning', code: 'InvalidJoinPayload', message: `${frame.topic}: ${problem}` })
	);
	checkLimits(hub, socket, config.private);
	const identity = await identify(hub, socket, frame.payload);
	const channel = new Channel(
		socket,
		{ topic: frame.topic, joinRef: frame.joinRef, config },
		identity
	);
	if (channel.private) await authorize(hub, channel);
	const request = replayRequest(hub, channel);
	if (!socket.open) return null;
	// A member from now on, so that nothing falls between the replay and the live messages.
	channel.hold();
	enter(hub, channel);
	try {
		if (waitsForChanges(channel)) await waitForChanges(hub, channel);
		const replay = request ? await readAll(hub, channel, request) : [];
		return isClosed(channel) ? null : { channel, replay };
	} catch (error) {
		leave(hub, channel);
		if (error instanceof JoinRefused) throw error;
		hub.log({ level: 'error', code: 'UnableToReplayMessages', message: String(error) });
		throw new JoinRefused('UnableToReplayMessages: Realtime was unable to replay messages');
	}
}

/** What was handed over before the channel was a member has to be seen by the query. */
async function readAll(
	hub: Hub,
	channel: Channel,
	request: ReplayRequest
): Promise<UserBroadcast[]> {
	await untilVisible(hub.sessions.sql, hub.feed.newest);
	return readReplay(hub.sessions.sql, channel.name, request);
}

function checkName(name: string): void {
	if (name === '') throw new JoinRefused('TopicNameRequired: You must provide a topic name');
	const problem = topicProblem(name);
	if (problem) throw new JoinRefused(problem);
}

function checkLimits(hub: Hub, socket: ClientSocket, isPrivate: boolean): void {
	const { limits, meters } = hub;
	if (hub.closing) {
		throw new JoinRefused('RealtimeRestarting: Realtime is restarting, please standby');
	}
	if (hub.privateOnly && !isPrivate) {
		throw new JoinRefused('PrivateOnly: This project only allows private channels');
	}
	if (socket.channels.size === 0 && connectedUsers(hub) >= limits.connections) {
		throw new JoinRefused('ConnectionRateLimitReached: Too many connected users');
	}
	if (meters.joins.exceeded) {
		throw new JoinRefused('ClientJoinRateLimitReached: Too many joins per second', {
			endsSocket: true
		});
	}
	meters.joins.add();
	if (socket.channels.size >= limits.channelsPerSocket) {
		throw new JoinRefused('ChannelRateLimitReached: Too many channels');
	}
}

/** The join's own token, or that of the connection when there is none or it is an API key. */
async function identify(
	hub: Hub,
	socket: ClientSocket,
	payload: unknown
): Promise<{ token: string | null; claims: Claims }> {
	const { user_token: user, access_token: access } = isRecord(payload) ? payload : {};
	const given = [user, access].find((token) => typeof token === 'string');
	const { connection } = socket;
	const own = given !== undefined && !given.startsWith('sb_');
	try {
		if (own) return { token: given, claims: await hub.verifyToken(given) };
		// The key was verified when the socket opened, which may be long ago.
		if (connection.token !== null) await hub.verifyToken(connection.token);
		return { token: connection.token, claims: connection.claims };
	} catch (error) {
		if (error instanceof TokenError) throw new JoinRefused(joinReason(error));
		throw error;
	}
}

async function authorize(hub: Hub, channel: Channel): Promise<void> {
	const refused = `Unauthorized: You do not have permissions to read from this Channel topic: ${channel.name}`;
	try {
		channel.policies = await readPolicies(hub, channel, channel.config.presenceEnabled);
	} catch (error) {
		// A policy that raises, or a role that does not exist, refuses.
		const reason = databaseReason(error) ?? refused;
		hub.log({
			level: 'error',
			code: 'RlsPolicyError',
			message: `${channel.topic}: ${String(error)}`
		});
		throw new JoinRefused(reason);
	}
	const { broadcast, presence } = channel.policies;
	if (!broadcast.read && !presence.read) throw new JoinRefused(refused);
}

function replayRequest(hub: Hub, channel: Channel): ReplayRequest | null {
	const { replay } = channel.config;
	if (!replay) return null;
	if (!channel.private) {
		throw new JoinRefused('UnableToReplayMessages: Replay is not allowed for public channels');
	}
	const request = parseReplay(replay.asked, hub.limits.replayMessages);
	if (!request) throw new JoinRefused('UnableToReplayMessages: Replay params are not valid');
	if (!channel.policies.broadcast.read) {
		throw new JoinRefused(
			`Unauthorized: You do not have permissions to read from this Channel topic: ${channel.name}`
		);
	}
	return request;
}

function waitsForChanges({ config }: Channel): boolean {
	return config.waitForChangesMs !== null && config.bindings.length > 0;
}

/** A client may ask to be answered when its subscription to changes stands, not before. */
async function waitForChanges(hub: Hub, channel: Channel): Promise<void> {
	const ms = channel.config.waitForChangesMs ?? 0;
	const timeout = AbortSignal.timeout(ms);
	const late = new Promise<'late'>((resolve) => {
		timeout.addEventListener('abort', () => resolve('late'), { once: true });
	});
	const refusal = await Promise.race([trySubscribing(hub, channel, timeout), late]);
	if (refusal === 'late') {
		throw new JoinRefused(
			`PostgresChangesSubscribeTimeout: Timed out after ${ms}ms waiting for the postgres_changes subscription`
		);
	}
	if (refusal !== undefined) throw new JoinRefused(`RealtimeDisabledForConfiguration: ${refusal}`);
}

/** What follows the reply; messages that came in while joining go last. */
function welcome(hub: Hub, { channel, replay }: Admitted): void {
	for (const message of replay) {
		channel.replayed.add(String(message.meta?.id));
		sendReplayed(channel, message);
	}
	if (channel.config.presenceEnabled && channel.mayReadPresence) {
		channel.push('presence_state', hub.presence.state(channel));
	}
	if (waitsForChanges(channel)) announceChanges(channel);
	else subscribeToChanges(hub, channel);
	if (channel.config.replicationReady) void announceReplication(hub, channel);
	channel.release();
}

async function announceReplication(hub: Hub, channel: Channel): Promise<void> {
	const ready = await hub.feed.ready(hub.limits.replicationReadyTimeoutMs);
	if (isClosed(channel)) return;
	if (ready) channel.system('ok', 'Replication connection established');
	else {
		const message = 'Replication connection was not established in time';
		shut(hub, channel, 'ReplicationConnectionTimeout', message);
	}
}
